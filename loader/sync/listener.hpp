// SPDX-License-Identifier: GPL-2.0-or-later
// The gateways that dial this one: one connection each that stands, and a few that do not yet.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sync/connection.hpp"
#include "sync/wire.hpp"

namespace sluice {

class SyncListener : public std::enable_shared_from_this<SyncListener> {
 public:
  struct Ends {
    std::function<void()> change;
    std::function<void(const IpAddress& peer, const std::string& payload)> hear;
    std::function<bool()> is_full;   // nothing more is to be heard, until go_on()
  };

  SyncListener(boost::asio::io_context& io, SyncOrder order, Ends ends);

  void start();
  // Only these may dial. Connections of others are closed.
  void follow(const std::vector<IpAddress>& peers);
  // Lost where it has no connection that stands.
  void answer(const IpAddress& peer, std::string_view payload);
  void go_on();
  void close();   // nothing is called any more

  bool hears(const IpAddress& peer) const { return standing(peer) != nullptr; }
  std::string node(const IpAddress& peer) const;            // as it says; empty: it is not heard
  bool is_quiet(const IpAddress& peer) const;               // where it is to be missed at once
  std::string trouble_of(const IpAddress& peer) const;      // why its last connection has ended
  const std::string& trouble() const { return trouble_; }   // why nobody can dial

 private:
  struct Heard {
    IpAddress peer;
    std::shared_ptr<SyncConnection> connection;
  };

  struct Trouble {
    std::string why;
    std::chrono::steady_clock::time_point when;
  };

  void listen();
  void try_later(std::chrono::milliseconds pause);
  void look();
  void forget_troubles();
  void accept();
  void take(boost::asio::ip::tcp::socket socket);
  bool may_come(const IpAddress& peer) const;
  void prefer(const SyncConnection* connection);
  void lose(const SyncConnection* connection, const std::string& why);
  SyncConnection* standing(const IpAddress& peer) const;

  boost::asio::io_context& io_;
  SyncOrder order_;
  const Ends ends_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer again_;
  int device_ = 0;   // that the acceptor is bound to
  std::list<Heard> heard_;
  std::map<IpAddress, Trouble> troubles_;   // of peers
  std::string trouble_;
  bool is_closed_ = false;
};

}   // namespace sluice
