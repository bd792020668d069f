// SPDX-License-Identifier: GPL-2.0-or-later
// A gateway that is dialled, and dialled again whenever the connection to it ends.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "sync/connection.hpp"
#include "sync/wire.hpp"

namespace sluice {

class SyncDialledPeer : public std::enable_shared_from_this<SyncDialledPeer> {
 public:
  struct Ends {
    std::function<void(const IpAddress& peer)> stand;   // a new connection does
    std::function<void()> change;                       // something else did
    std::function<void(const IpAddress& peer, const std::string& payload)> answer;
    std::function<bool()> is_full;   // no more answers, until go_on()
  };

  SyncDialledPeer(boost::asio::io_context& io, SyncOrder order, const IpAddress& peer, Ends ends);

  void dial();
  void say(std::string_view payload);   // lost while the connection does not stand
  void go_on();
  void close();   // nothing is called any more

  const IpAddress& peer() const { return peer_; }
  bool stands() const { return connection_ && connection_->stands(); }
  bool is_quiet() const { return stands() && connection_->is_quiet(); }
  std::string node() const { return stands() ? connection_->node() : ""; }
  const std::string& trouble() const { return trouble_; }

 private:
  void begin();
  void lose(const std::string& why);

  boost::asio::io_context& io_;
  const SyncOrder order_;
  const IpAddress peer_;
  const Ends ends_;
  boost::asio::ip::tcp::socket socket_;   // while it is dialled
  boost::asio::steady_timer retry_, deadline_;
  std::chrono::milliseconds pause_;
  std::shared_ptr<SyncConnection> connection_;
  std::string trouble_;
  bool is_closed_ = false, dials_ = false;
};

}   // namespace sluice
