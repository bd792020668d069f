// SPDX-License-Identifier: GPL-2.0-or-later
// Gets one port from one router and keeps it: one way after the other, prolonged at half its life. Knows no
// sockets and no clock.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/reach_order.hpp"
#include "pcp/client_message.hpp"
#include "reach/upnp.hpp"

namespace sluice {

class PortAsker {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Asks the router, once. An answer is for hear() or hear_upnp().
  using Ask = std::function<void(AskedBy by, const pcp::PortWish& wish)>;

  // `wish` has the life that is asked for. Without `by` nobody is asked.
  PortAsker(pcp::PortWish wish, std::vector<AskedBy> by, Ask ask);

  // From the first way on.
  void start(Time now);
  // The same, because the router has lost what it gave.
  void start_anew(Time now);
  // Whether it has the port is asked now, and not when it would be time for that.
  void test(Time now);
  // False: it is about something else.
  bool hear(const pcp::Answer& answer, Time now);
  void hear_upnp(const UpnpAnswer& answer, Time now);
  // The router has nobody at the port of PCP and NAT-PMP.
  void hear_nobody(Time now);
  // To be called at next(), or before.
  void tick(Time now);
  Time next() const;
  bool is_asking() const { return phase_ == Phase::kAsking; }
  bool is_waiting() const { return phase_ == Phase::kWaiting; }   // because no way gave it

  RouterNews news(Time now) const;
  const pcp::PortWish& wish() const { return wish_; }   // its outside port is the one that is had
  std::optional<AskedBy> mapped_by() const { return mapped_ ? std::optional(mapped_->by) : std::nullopt; }

 private:
  struct Mapped {
    AskedBy by;
    Endpoint outside;
    std::optional<Time> until;
  };
  enum class Phase : uint8_t { kIdle, kAsking, kResting, kWaiting };

  AskedBy way() const { return by_[way_]; }
  bool asks_a_port() const { return phase_ == Phase::kAsking && way() != AskedBy::kUpnp; }
  void prolong(Time now);
  void ask(Time now);
  void fail(std::string_view why, Time now);
  void have(AskedBy by, const Endpoint& outside, std::chrono::seconds life, Time now);

  pcp::PortWish wish_;
  const std::vector<AskedBy> by_;
  const Ask ask_;
  Phase phase_ = Phase::kIdle;
  size_t way_ = 0;
  int tries_ = 0;   // of this way
  bool prolongs_ = false;
  Time next_ = Time::max();
  std::chrono::seconds pause_;
  std::optional<Mapped> mapped_;
  std::string trouble_, said_;   // of this round; of the last one that was whole
};

}   // namespace sluice
