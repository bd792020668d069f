// SPDX-License-Identifier: GPL-2.0-or-later
// The relay's end: clients come by TLS, and each is a UDP socket of its own towards the relay's WireGuard.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/relay_tcp.hpp"
#include "relay_tcp/udp_answerer.hpp"
#include "relay_tcp/visitors.hpp"

namespace sluice {

class RelayVisit;

class RelayTcpServer {
 public:
  // `changed`: troubles() are others.
  RelayTcpServer(boost::asio::io_context& io, boost::asio::ssl::context context,
                 std::function<void()> changed);
  ~RelayTcpServer();
  RelayTcpServer(const RelayTcpServer&) = delete;
  RelayTcpServer& operator=(const RelayTcpServer&) = delete;

  // Connections stay where only clients' order is another one.
  void follow(const std::optional<RelayTcpListen>& listen);
  const std::vector<std::string>& troubles() const { return troubles_; }

 private:
  struct Door;   // of one family

  void close();
  void open();
  void open(Door& door);
  void await(Door& door);
  void take(boost::asio::ip::tcp::socket socket);
  void leave(Visitors::Number number);

  boost::asio::io_context& io_;
  boost::asio::ssl::context context_;
  std::function<void()> changed_;
  std::optional<RelayTcpListen> listen_;
  std::vector<std::shared_ptr<Door>> doors_;
  boost::asio::steady_timer retry_;
  std::vector<std::string> troubles_;
  Visitors visitors_;
  std::map<Visitors::Number, std::shared_ptr<RelayVisit>> visits_;
};

}   // namespace sluice
