// SPDX-License-Identifier: GPL-2.0-or-later
// Finds out how one port of ours is seen: by the first server that answers, from that very port. Where the
// server has another address (RFC 5780), whether strangers get through is found out too: that one answers,
// and nothing is ever sent to it from the port. Knows no sockets and no clock.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/reach_order.hpp"
#include "reach/stun_exchange.hpp"

namespace sluice {

struct KnownServer {
  std::string name;   // as the document has it
  Endpoint at;
  bool operator==(const KnownServer&) const = default;
};

// RFC 8445 section 11 and RFC 4787 section 4.3: often enough for every NAT that keeps mappings for as long as
// it has to.
constexpr std::chrono::seconds kUsualRound{25};

class PortSeer {
 public:
  using Time = StunExchange::Time;

  explicit PortSeer(StunExchange::Send send) : send_(std::move(send)) {}

  // The first of them is asked first. Others than before: all is found out anew.
  void use(const std::vector<KnownServer>& servers, Time now);
  // Where the router leads to the port; strangers are sent there too.
  void note_router(const std::optional<Endpoint>& outside, Time now);
  // Between two rounds, from the next one on: they keep the port's mapping.
  void use_round(std::chrono::seconds round) { round_ = round; }
  // A round begins now.
  void test(Time now);
  void hear(const StunHeard& heard, Time now);
  void tick(Time now);
  Time next() const;

  const SeenNews& news() const { return news_; }
  bool is_resting() const { return step_ == Step::kResting; }   // this round is over
  bool is_asking() const { return step_ != Step::kResting && step_ != Step::kIdle; }
  // The server that answered, and what it is besides.
  const Endpoint& server() const { return servers_[server_].at; }
  const std::optional<Endpoint>& other() const { return other_; }

 private:
  enum class Step : uint8_t { kIdle, kSee, kStrangerToRouter, kStranger, kOtherPort, kResting };

  void see(Time now);
  void ask(Step step, const stun::BindingRequest& request, const Endpoint& answers_from, Time now);
  void probe(Step step, Time now);
  void learn(const stun::BindingAnswer& answer, Time now);
  void fail(Time now);
  void rest(Time now, std::chrono::seconds pause);
  bool has_stranger() const;
  Endpoint where_router_leads() const;

  const StunExchange::Send send_;
  std::vector<KnownServer> servers_;
  size_t server_ = 0, failed_ = 0;   // servers, one after the other
  std::optional<Endpoint> other_, router_;
  Step step_ = Step::kIdle;
  StunExchange exchange_;
  std::chrono::seconds round_ = kUsualRound;
  Time rested_ = Time::max();
  SeenNews news_;
};

}   // namespace sluice
