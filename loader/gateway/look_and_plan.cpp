// SPDX-License-Identifier: GPL-2.0-or-later
// What the machine is, what it can do, and what is to be done to it.
#include <algorithm>

#include "compile/ebpf/table_sizes.hpp"
#include "frr/cluster_router.hpp"
#include "frr/routers_of.hpp"
#include "gateway/carrying.hpp"
#include "gateway/execute_links.hpp"
#include "gateway/expect_kept.hpp"
#include "gateway/gateway.hpp"
#include "gateway/networks.hpp"
#include "kernel/bpf/probe_programs.hpp"
#include "kernel/listening.hpp"
#include "kernel/nft/probe.hpp"
#include "kernel/observe.hpp"
#include "kernel/probe.hpp"
#include "plan/choose_engine.hpp"
#include "plan/plan_links.hpp"
#include "plan/plan_others.hpp"

namespace sluice {

Result<Observed> Gateway::observe() {
  Observed seen = TRY(observe_network(known_.links()));
  TRY(add_recorded(*store_, seen));
  for (OriginalSysctl& original : TRY(store_->original_sysctls()))
    seen.original_sysctls.emplace(std::move(original.path), std::move(original.value));
  seen.engine = TRY(ebpf_->observe(seen.links));
  if (!findings_.nftables_refused) seen.nft = TRY(nft_->observe());
  if (seen.nft.loaded && !seen.engine.loaded) seen.engine.object_ids = TRY(nft_->object_ids());
  seen.findings = findings_;
  if (current_ && current_->declared) known_.peers().note(current_->document, seen);
  return seen;
}

Result<Observed> Gateway::observe(const Document& document) {
  Observed seen = TRY(observe());
  TRY(observe_made_links(rtnl_, document, seen));
  return seen;
}

bool Gateway::knows_machine() const {
  return known_.is_whole() && current_ && !blocked_ && carries_ == EngineKind::kEbpf && ebpf_->loaded();
}

std::optional<std::string> Gateway::try_ebpf(const Document& document, ProbeDepth depth) const {
  if (document.engine == EngineChoice::kNftables || ebpf_->loaded()) return std::nullopt;
  const Probe probe = probe_ebpf(paths_.pins, depth);
  return probe.usable() ? std::nullopt : std::optional(probe.refusal());
}

void Gateway::find_out(const Document& document, std::optional<std::string> ebpf_refused) {
  // A plan for a document without VRFs takes no devices from the one that is in force.
  const bool vrf_devices =
      document.vrfs.empty() ? findings_.vrf_devices : refusal_of(probe_link_kind(rtnl_, "vrf")).empty();
  findings_ = {};
  findings_.vrf_devices = vrf_devices;
  findings_.ebpf_refused = std::move(ebpf_refused);
  if (!document.vrfs.empty() && document.engine != EngineChoice::kNftables)
    if (std::string refused = refusal_of_tables(); !refused.empty())
      findings_.vrfs_refused = std::move(refused);
  const bool cookies = std::ranges::any_of(document.forwards, &Forward::syn_cookies);
  if (cookies)
    if (std::string refused = refusal_of_syn_cookies(); !refused.empty())
      findings_.syn_cookies_refused = std::move(refused);
  const bool needs_nft =
      document.engine == EngineChoice::kNftables || findings_.ebpf_refused || findings_.vrfs_refused;
  if (needs_nft && !nft_->loaded())
    if (const Probe probe = probe_nft(); !probe.usable()) findings_.nftables_refused = probe.refusal();
  if (needs_nft && cookies)
    if (std::string refused = refusal_of_synproxy(); !refused.empty())
      findings_.synproxy_refused = std::move(refused);
}

void Gateway::settle_services(Document& document, bool keep) {
  if (keep) health_.declare(document, true);
  health_.settle(document, keep);
  service_times_.settle(document, {}, keep);
  reach_.calls().settle(document);
}

Result<Allotments> Gateway::settle(Candidate& candidate, bool keep, bool by_known) {
  const Restoring* restoring = candidate.restoring.get();
  Allotments known = restoring ? restoring->state.allotments : TRY(store_->allotments());
  if (!candidate.declared && candidate.document.networks.empty() && candidate.document.services.empty() &&
      candidate.document.pods.empty() && !candidate.document.relay && !candidate.document.ssh &&
      !candidate.document.reachability && known.empty() && containers().empty()) {
    names_.settle(candidate.document);
    mappings_.settle(candidate.document);
    return known;
  }
  if (!candidate.declared) candidate.declared = std::make_shared<Document>(std::move(candidate.document));
  Observed looked;
  if (!by_known) {
    looked = TRY(observe_ways_out(known_.links()));
    observe_tunnels(looked);
  }
  Observed& seen = by_known ? known_.seen() : looked;
  if (!candidate.declared->pods.empty()) {
    seen.listening = TRY(listening_ports());
    for (const Container& container : containers())
      for (const ContainerPort& port : container.ports) seen.listening.insert(port.host_port);
  }
  const KeyFiles keys = restoring ? keys_with(restoring->keys) : this->keys();
  auto settled = settle_networks(*candidate.declared, known, &keys, seen, routers_.announcements(),
                                 std::chrono::system_clock::now(), keep);
  if (!settled) return std::unexpected(settled.error());
  candidate.document = std::move(settled->document);
  settle_services(candidate.document, keep);
  names_.settle(candidate.document);
  mappings_.settle(candidate.document);
  quotas_.settle(candidate.document);
  candidate.degraded = std::move(settled->degraded);
  if (keep) TRY(containers_.collect(seen, *store_));
  candidate.left_out = containers_.place(candidate.document, seen);
  candidate.shared_keys = std::move(settled->shared_keys);
  for (const auto* refused_by_hand : {&candidate.left_out, &candidate.shared_keys})
    candidate.degraded.insert(candidate.degraded.end(), refused_by_hand->begin(), refused_by_hand->end());
  if (!by_known) known_.note_main_routes(std::move(looked.main_routes));
  return std::move(settled->allotments);
}

void Gateway::keep_announcing() {
  if (current_ && addresses_.metric(cluster_) != cluster_.metric) keep_routers(false);
}

// As the document in force says, with who takes part now. What daemons complain about that are started is
// told with an apply, which awaits that for a while.
void Gateway::keep_routers(bool await) {
  constexpr std::chrono::seconds kPatience{3};
  std::vector<Router> routers =
      routers_of(current_->document, findings_.vrf_devices, std::chrono::system_clock::now());
  cluster_.metric = addresses_.metric(cluster_);
  if (auto around = cluster_router_of(current_->document, cluster_.metric))
    routers.push_back(std::move(*around));
  routers_.want(std::move(routers));
  if (await) routers_.await_look(kPatience);
}

// What is found out for it is not what the document in force was put in force by.
Result<Plan> Gateway::preview(const Document& declared, std::shared_ptr<const Restoring> restoring) {
  Candidate candidate{
      .document = declared, .source = {}, .declared = {}, .degraded = {}, .restoring = std::move(restoring)};
  const KnownMachine::OneList one_list(known_);
  const KnownMachine::Aside aside(known_);
  TRY(settle(candidate, false));
  TRY(expect_kept(candidate, current_, known_, false));
  const Document& document = candidate.document;
  TRY(expect_keepalived(document));
  const EngineFindings findings = findings_;
  find_out(document, try_ebpf(document, ProbeDepth::kUntilRefused));
  in_force_ = false;
  auto plan = remaining(document, classify_policies(document));
  findings_ = findings;
  if (!plan) return plan;
  plan->others = plan_others(current_ ? &current_->document : nullptr, document);
  plan->degraded.insert(plan->degraded.end(), candidate.degraded.begin(), candidate.degraded.end());
  return plan;
}

// What keeps the machine as it is does not try engines anew: it would exchange them behind the operator's
// back.
Result<Plan> Gateway::remaining(const Document& document, const SharedPolicyTables& policies) {
  Observed seen = TRY(observe(document));
  seen.in_force = in_force_;
  seen.not_carried = TRY(not_carried(seen, document));
  if (!current_) known_.peers().forget();
  if (current_ && !current_->declared) known_.peers().note(document, seen);   // this is the start
  auto plan = make_plan(document, seen, policies);
  known_.note(std::move(seen));
  return plan;
}

// Only where the engine is about to change: it takes a look at every flow.
Result<std::vector<std::string>> Gateway::not_carried(const Observed& seen, const Document& document) {
  const auto chosen = choose_engine(document, findings_);
  if (!chosen || chosen->kind == carries_ || !engine().loaded()) return std::vector<std::string>{};
  if (carries_ == EngineKind::kEbpf ? seen.nft.loaded : seen.engine.loaded) return std::vector<std::string>{};
  return sentences_about_carrying(TRY(engine().flows()), chosen->kind,
                                  table_sizes(document.tables, seen.memory));
}

NumberedRules Gateway::rules(const Observed& seen) const {
  Plan aside;
  return compile_rules(current_->document, seen, plan_links(current_->document, seen, carries_, aside));
}

}   // namespace sluice
