// SPDX-License-Identifier: GPL-2.0-or-later
// Tells those who follow them the first flows, hosts and backends of services, by looks at all flows: piece
// by piece, and the daemon does other things between two of them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <optional>

#include "daemon/top_listeners.hpp"
#include "gateway/gateway.hpp"
#include "show/flow_rates.hpp"
#include "show/talkers.hpp"
#include "show/top_flows.hpp"
#include "show/top_lists.hpp"

namespace sluice {

class TopFlowMonitor {
 public:
  TopFlowMonitor(boost::asio::io_context& io, Gateway& gateway);

  // Failure: too many follow, or nobody knows that order.
  Result<std::shared_ptr<Feed>> listen(const TopQuery& query);
  void stop();

 private:
  // Of one listener; `flows` where he follows those.
  struct Wanted {
    TopListener listener;
    std::optional<TopFlows> flows;
  };
  // What live flows of one object have carried.
  struct Live {
    uint64_t flows = 0, packets = 0, bytes = 0;
  };

  void look();
  Result<> begin();
  void read_on();
  void note(const FlowState& flow, FlowRates::Clock::time_point now);
  Result<> gather();
  void tell_on();
  void tell(Wanted& one);
  void go_on(void (TopFlowMonitor::*next)());
  std::vector<ObjectCount> counted_objects() const;
  void rest();
  void end();
  void forget();
  void await(TopPace::Clock::time_point when);

  boost::asio::io_context& io_;
  Gateway& gateway_;
  TopListeners listeners_;
  TopPace pace_;
  boost::asio::steady_timer soon_;
  TopLists lists_;   // of services, and what stands above
  FlowRates rates_;
  Talkers talkers_;
  // Of the look that goes on.
  std::unique_ptr<FlowReader> reader_;
  std::vector<Wanted> wanted_;
  bool has_newcomer_ = false;   // since it began
  nlohmann::json head_, services_;
  ObjectsAtRest objects_;
  std::optional<Names> names_;
  std::map<uint32_t, Live> live_;
  bool wants_talkers_ = false, wants_services_ = false;
  std::chrono::steady_clock::duration spent_{};
  bool is_alone_ = false;   // nobody followed when the last look was due
};

}   // namespace sluice
