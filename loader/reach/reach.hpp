// SPDX-License-Identifier: GPL-2.0-or-later
// Carries out an order: asks the routers of both families and the STUN servers, and gathers what they say.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/result.hpp"
#include "reach/path_talk.hpp"
#include "reach/router_talk.hpp"
#include "reach/stun_talk.hpp"

namespace sluice {

class Reach {
 public:
  // What only root can open, before all else.
  struct Sockets {
    Result<RawUdp> stun, paths;
    Result<RawUdp6> paths6;
    static Sockets open() { return {RawUdp::open(), RawUdp::open(), RawUdp6::open()}; }
  };

  // What failed of the sockets is told where it is needed. `changed`: news() may be other ones.
  Reach(boost::asio::io_context& io, Sockets sockets, std::function<void()> changed);
  Reach(const Reach&) = delete;
  Reach& operator=(const Reach&) = delete;

  void follow(const ReachOrder& order);
  ReachNews news() const;
  bool has_given_back_all() const;

 private:
  struct Router {
    std::unique_ptr<RouterTalk> talk;   // null: there is none, or it cannot be asked
    std::string trouble;
  };

  void follow_router(Router& router, const std::optional<IpAddress>& local,
                     const std::optional<IpAddress>& gateway, const std::vector<AskedBy>& by);
  bool has_given_back(const PortToReturn& port) const;
  std::vector<PortOfOurs> settled_ports() const;
  void test();
  bool is_asking() const;
  void await_retry();
  std::vector<PathCandidate> candidates(uint16_t port) const;
  void tell_candidates();
  void follow_paths();
  void note_silence();
  void note();

  boost::asio::io_context& io_;
  const std::function<void()> changed_;
  boost::asio::steady_timer retry_;
  ReachOrder order_;
  uint64_t round_ = 0;                   // the last one that is over
  std::vector<PortOfOurs> seen_ports_;   // that servers are asked from
  std::set<uint16_t> heard_, silent_;    // ports that a server sees; that one saw before
  RouterCounts router_counts_;
  StunCounts stun_counts_;
  Router router4_, router6_;
  std::unique_ptr<StunTalk> stun_;    // null: there is no raw socket
  std::unique_ptr<PathTalk> paths_;   // the same
  std::string raw_trouble_;
};

}   // namespace sluice
