// SPDX-License-Identifier: GPL-2.0-or-later
// All that goes on beside the document in force, by processes or timers of its own.
#pragma once

#include <tuple>

#include "daemon/address_follower.hpp"
#include "daemon/capture_follower.hpp"
#include "daemon/carrier_follower.hpp"
#include "daemon/change_monitor.hpp"
#include "daemon/cluster_follower.hpp"
#include "daemon/drop_monitor.hpp"
#include "daemon/flow_counter.hpp"
#include "daemon/health_follower.hpp"
#include "daemon/key_follower.hpp"
#include "daemon/mapping_follower.hpp"
#include "daemon/metrics_follower.hpp"
#include "daemon/next_hop_follower.hpp"
#include "daemon/quota_follower.hpp"
#include "daemon/reach_follower.hpp"
#include "daemon/relay_tcp_follower.hpp"
#include "daemon/resolver_follower.hpp"
#include "daemon/ssh_follower.hpp"
#include "daemon/state_follower.hpp"
#include "daemon/top_flow_monitor.hpp"
#include "daemon/top_list_monitor.hpp"
#include "daemon/web_follower.hpp"

namespace sluice {

class Followers {
 public:
  // `failed` is called when the machine has to be put right, `after_apply` when another document is in force.
  Followers(boost::asio::io_context& io, Gateway& gateway, Service& service,
            const std::function<void()>& failed, std::function<void()> after_apply)
      : addresses_(io, gateway, failed, [this] { state_.tell_hindrance(); }),
        cluster_(io, gateway, addresses_, std::move(after_apply)),
        state_(io, gateway),
        carriers_(io, gateway),
        next_hops_(io, gateway),
        keys_(io, gateway, failed),
        health_(io, gateway, failed),
        resolver_(io, gateway, failed),
        mappings_(io, gateway, failed),
        quotas_(io, gateway, failed),
        reach_(io, gateway),
        relays_(io, gateway),
        ssh_(io, gateway),
        flow_counter_(io, gateway),
        metrics_(io, gateway, flow_counter_),
        web_(io, gateway, service),
        captures_(io, gateway),
        drops_(io, gateway, captures_),
        changes_(io, gateway),
        top_lists_(io, gateway),
        top_flows_(io, gateway) {}

  // Another document may be in force, or the machine is another one.
  void look_again() {
    addresses_.look_again(cluster_.view());
    for_each([](auto& one) {
      if constexpr (requires { one.look_again(); }) one.look_again();
    });
  }

  void stop() {
    for_each([](auto& one) { one.stop(); });
  }

  // As Service::watch(), of all but flows.
  Result<std::shared_ptr<Feed>> watch(Watched what, bool now) {
    if (what == Watched::kDrops) return drops_.listen();
    return what == Watched::kChanges ? changes_.listen(now) : health_.listen(now);
  }
  // As Service::top().
  Result<std::shared_ptr<Feed>> top(const TopQuery& query) {
    const bool looks_at_flows =
        query.kind == TopKind::kFlows || query.kind == TopKind::kTalkers || query.kind == TopKind::kServices;
    return looks_at_flows ? top_flows_.listen(query) : top_lists_.listen(query);
  }
  ClusterFollower& cluster() { return cluster_; }
  ReachFollower& reach() { return reach_; }
  CaptureFollower& captures() { return captures_; }
  FlowCounter& flow_counter() { return flow_counter_; }

 private:
  // In the order in which they look again, which some do not, and in which they stop.
  void for_each(const auto& act) {
    const auto all = std::tie(addresses_, state_, cluster_, carriers_, next_hops_, keys_, health_, resolver_,
                              mappings_, quotas_, reach_, relays_, ssh_, metrics_, flow_counter_, web_,
                              drops_, changes_, top_lists_, top_flows_, captures_);
    std::apply([&](auto&... one) { (act(one), ...); }, all);
  }

  AddressFollower addresses_;
  ClusterFollower cluster_;
  StateFollower state_;
  CarrierFollower carriers_;
  NextHopFollower next_hops_;
  KeyFollower keys_;
  HealthFollower health_;
  ResolverFollower resolver_;
  MappingFollower mappings_;
  QuotaFollower quotas_;
  ReachFollower reach_;
  RelayTcpFollower relays_;
  SshFollower ssh_;
  FlowCounter flow_counter_;
  MetricsFollower metrics_;
  WebFollower web_;
  CaptureFollower captures_;
  DropMonitor drops_;
  ChangeMonitor changes_;
  TopListMonitor top_lists_;
  TopFlowMonitor top_flows_;
};

}   // namespace sluice
