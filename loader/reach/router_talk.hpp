// SPDX-License-Identifier: GPL-2.0-or-later
// All that is asked of one router by one family: ports that are to be had, and those that are given back.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "reach/epoch.hpp"
#include "reach/port_asker.hpp"
#include "reach/router_socket.hpp"
#include "reach/upnp_child.hpp"

namespace sluice {

struct RouterCounts {
  uint64_t asked = 0, refused = 0, lost = 0;
};

class RouterTalk {
 public:
  // `changed`: news() may be other ones.
  RouterTalk(boost::asio::io_context& io, RouterPlace place, RouterCounts& counts,
             std::function<void()> changed);
  ~RouterTalk();
  RouterTalk(const RouterTalk&) = delete;
  RouterTalk& operator=(const RouterTalk&) = delete;

  Result<> open();
  const RouterPlace& place() const { return socket_->place(); }
  // Ports that are had already are left alone; those that are not named any more are let go.
  void want(const std::vector<PortOfOurs>& ports, const std::vector<AskedBy>& by, std::chrono::seconds lease);
  // Whether the router answers or not, it is done soon.
  void give_back(const std::vector<PortToReturn>& ports);
  bool has_given_back(uint16_t port) const;
  // All ports are asked for at once.
  void test();
  // Those that wait because no way gave one are asked for at once, and then as at the beginning.
  void ask_the_waiting();
  bool is_asking() const;

  RouterNews news(uint16_t port) const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Asker {
    std::string nonce;
    std::unique_ptr<PortAsker> asker;
  };
  struct Returned {
    PortToReturn port;
    int tries = 0;
    bool done = false;
  };

  pcp::PortWish wish_of(const PortOfOurs& port, std::chrono::seconds life) const;
  void ask_otherwise(const std::vector<AskedBy>& by);
  void ask(AskedBy by, const pcp::PortWish& wish);
  void hear(const pcp::Answer& answer);
  void hear_epoch(const pcp::Answer& answer);
  void ask_again(Time now);
  void send_returns(Time now);
  void after(Time now);
  void await_next();

  boost::asio::io_context& io_;
  std::shared_ptr<RouterSocket> socket_;
  RouterCounts& counts_;
  const std::function<void()> changed_;
  UpnpChild upnp_;
  boost::asio::steady_timer timer_;
  std::vector<AskedBy> by_;
  std::chrono::seconds lease_{0};
  std::map<uint16_t, Asker> askers_;
  std::map<uint16_t, Returned> returned_;
  Time next_return_ = Time::max();
  EpochWatch pcp_, nat_pmp_;
  std::set<AskedBy> lost_;             // by these, since then
  Time asked_again_{};                 // all of them, last
  std::optional<IpAddress> outside_;   // as NAT-PMP tells it
  std::string location_;               // as UPnP found it
  // A timer that is over already calls after the end of this.
  std::shared_ptr<bool> life_ = std::make_shared<bool>();
};

}   // namespace sluice
