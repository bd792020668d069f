// SPDX-License-Identifier: GPL-2.0-or-later
// The sockets that clients ask at: for each place one for datagrams and one for connections.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "resolver/resolver.hpp"

namespace sluice {

// Connections that are there; bounded as a whole and for each client.
class ClientSlots {
 public:
  static constexpr size_t kMost = 512, kMostOfClient = 8;
  bool take(const IpAddress& client);
  void give_back(const IpAddress& client);

 private:
  std::map<IpAddress, size_t> taken_;
  size_t all_ = 0;
};

class Listener {
 public:
  virtual ~Listener() = default;
};

// Failure: somebody else is there already, or the device is not.
Result<std::unique_ptr<Listener>> listen_for_datagrams(boost::asio::io_context& io, Resolver& resolver,
                                                       const std::string& zone, const ListenPlace& place);
Result<std::unique_ptr<Listener>> listen_for_streams(boost::asio::io_context& io, Resolver& resolver,
                                                     ClientSlots& slots, const std::string& zone,
                                                     const ListenPlace& place);

// All places of an order. What cannot be had is tried again each second.
class Listeners {
 public:
  Listeners(boost::asio::io_context& io, Resolver& resolver) : io_(io), resolver_(resolver), retry_(io) {}

  void want(const ResolverOrder& order);
  // Sentences.
  std::vector<std::string> troubles() const;

 private:
  using Place = std::pair<std::string, ListenPlace>;   // with its zone
  struct Pair {
    std::unique_ptr<Listener> datagrams, streams;
    std::string trouble;
  };

  void open();
  void open(const Place& place, Pair& pair);

  boost::asio::io_context& io_;
  Resolver& resolver_;
  ClientSlots slots_;
  std::map<Place, Pair> places_;
  boost::asio::steady_timer retry_;
};

}   // namespace sluice
