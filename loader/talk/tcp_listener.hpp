// SPDX-License-Identifier: GPL-2.0-or-later
// A port of TCP that a helper process answers at. Where it cannot be had, it is tried again each second: the
// address may come later.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <string>

#include "model/address.hpp"

namespace sluice {

class TcpListener {
 public:
  struct Ends {
    std::function<void(boost::asio::ip::tcp::socket)> come;
    std::function<void(std::string trouble)> tell;   // of each try; empty: whoever calls can come
  };

  // `waiting`: so many may wait to be taken. What `ends` says of trouble begins with `name`.
  TcpListener(boost::asio::io_context& io, int waiting, std::string name, Ends ends);

  void listen(const Endpoint& at);   // nothing happens where it is there already

 private:
  void open();
  void accept();

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer again_;
  const int waiting_;
  const std::string name_;
  const Ends ends_;
  std::optional<Endpoint> at_;
};

}   // namespace sluice
