// SPDX-License-Identifier: GPL-2.0-or-later
// Where the servers of a document are: names are looked up, and again from time to time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <vector>

#include "model/reachability.hpp"
#include "reach/port_seer.hpp"

namespace sluice {

class StunServers {
 public:
  // `found` is called when they are others than before.
  StunServers(boost::asio::io_context& io, std::function<void(const std::vector<KnownServer>&)> found);

  void want(const std::vector<StunServer>& servers);
  // Names are looked up now.
  void test();
  bool is_looking_up() const { return looks_up_; }

 private:
  using Resolver = boost::asio::ip::udp::resolver;

  void begin();
  void look_up(size_t at, uint64_t run);
  void settle();

  Resolver resolver_;
  boost::asio::steady_timer timer_;
  const std::function<void(const std::vector<KnownServer>&)> found_;
  std::vector<StunServer> wanted_;
  std::vector<KnownServer> looked_up_, known_;
  uint64_t run_ = 0;
  bool looks_up_ = false;
};

}   // namespace sluice
