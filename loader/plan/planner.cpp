// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/planner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "compile/common/uplinks.hpp"
#include "compile/ebpf/table_sizes.hpp"
#include "compile/nft/rules_nft.hpp"
#include "model/capabilities.hpp"
#include "plan/choose_engine.hpp"
#include "plan/parts.hpp"
#include "plan/plan_links.hpp"
#include "plan/plan_services.hpp"
#include "plan/sysctl_steps.hpp"

namespace sluice {
namespace {

bool is_attached(const Observed& observed, const std::string& link, Hook hook) {
  return observed.engine.attachments.contains({link, hook});
}

bool loads_programs(const Document& document, const Observed& observed) {
  return !observed.engine.loaded || observed.engine.build != observed.engine.available_build ||
         exchanges_tables(document, observed);
}

void plan_programs(const Document& document, const Observed& observed, Plan& plan) {
  if (loads_programs(document, observed))
    plan.steps.push_back(
        step::LoadPrograms{observed.engine.available_build, table_sizes(document.tables, observed.memory)});
}

void plan_rules(const Observed& observed, Plan& plan) {
  const std::string digest = text_of_digest(digest_of(*plan.rules));
  if (observed.engine.loaded && observed.engine.rules_digest == digest) return;
  if (!plan_services(observed.engine, plan)) plan.steps.push_back(step::PutRules{plan.rules, digest});
}

step::LoadPrograms* load_step(Plan& plan) {
  for (Step& step : plan.steps)
    if (auto* load = std::get_if<step::LoadPrograms>(&step)) return load;
  return nullptr;
}

void attach(const Observed& observed, const ObservedLink& link, Hook hook, bool required, Plan& plan) {
  const bool is_there = is_attached(observed, link.name, hook);
  step::LoadPrograms* load = load_step(plan);
  if (!load && is_there) return;
  const step::AttachProgram step{link.name, link.index, hook, required};
  if (load && !is_there && hook != Hook::kXdp) load->places.push_back(step);
  plan.steps.push_back(step);
}

void detach(const Observed& observed, const Attachment& attachment, Plan& plan) {
  plan.steps.push_back(
      step::DetachProgram{attachment.link, index_of(observed, attachment.link), attachment.hook});
}

// Where the kernel's own errors come by about packets that left with an address of the gateway
// (bpf/icmp/own_error.h).
constexpr const char* kLoopback = "lo";

// The guard first: from then on nothing leaves that was not judged. Unless another engine has judged it: then
// all ways in come first, so that no packet of that engine meets the guard.
// To other tables tc goes at once; XDP, which takes its time, is off meanwhile.
void plan_attachments(const Observed& observed, const std::vector<PlannedLink>& links, bool exchanges,
                      Plan& plan) {
  if (exchanges)
    for (const Attachment& attachment : observed.engine.attachments)
      if (attachment.hook == Hook::kXdp) detach(observed, attachment, plan);
  if (observed.engine.other_layout) plan.steps.push_back(step::CarryTables{});
  if (observed.nft.loaded)
    for (const PlannedLink& link : links) attach(observed, *link.seen, Hook::kTcIngress, true, plan);
  for (const PlannedLink& link : links) {
    attach(observed, *link.seen, Hook::kTcEgress, true, plan);
    if (!observed.nft.loaded) attach(observed, *link.seen, Hook::kTcIngress, true, plan);
    if (const auto other = observed.links.find(link.seen->other_end); other != observed.links.end())
      attach(observed, other->second, Hook::kTcIngress, true, plan);
  }
  if (const auto lo = observed.links.find(kLoopback); lo != observed.links.end() && !links.empty())
    attach(observed, lo->second, Hook::kTcIngress, true, plan);
  if (exchanges) plan.steps.push_back(step::CarryRows{});
}

// When tc carries already: the verifier reads this program for a tenth of a second.
void plan_xdp(const Observed& observed, const std::vector<PlannedLink>& links, Plan& plan) {
  for (const PlannedLink& link : links)
    if (link.xdp) attach(observed, *link.seen, Hook::kXdp, link.wanted->hook == HookChoice::kXdp, plan);
}

std::set<Attachment> wanted_attachments(const std::vector<PlannedLink>& links) {
  std::set<Attachment> wanted;
  if (!links.empty()) wanted.insert({kLoopback, Hook::kTcIngress});
  for (const PlannedLink& link : links) {
    if (!link.seen->other_end.empty()) wanted.insert({link.seen->other_end, Hook::kTcIngress});
    for (const Hook hook : {Hook::kTcIngress, Hook::kTcEgress}) wanted.insert({link.wanted->name, hook});
    if (link.xdp) wanted.insert({link.wanted->name, Hook::kXdp});
  }
  return wanted;
}

void plan_detachments(const Observed& observed, const std::vector<PlannedLink>& links, Plan& plan) {
  const std::set<Attachment> wanted = wanted_attachments(links);
  for (const Attachment& attachment : observed.engine.attachments)
    if (!wanted.contains(attachment)) detach(observed, attachment, plan);
}

void tell_moving(const Document& document, const std::vector<PlannedLink>& links, Plan& plan) {
  if (!document.cluster || !document.cluster->addresses) return;
  const InterfaceAddress router = router_address(*document.cluster->addresses);
  plan.is_standby = true;
  for (const PlannedLink& link : links) {
    for (const InterfaceAddress& address : link.moving)
      plan.moving.push_back({link.wanted->name, address, link.wanted->vrf.empty()});
    const auto is_router = [&](const ObservedAddress& seen) {
      return seen.address.address == router.address;
    };
    if (link.wanted->moves && std::ranges::any_of(link.seen->addresses, is_router)) plan.is_standby = false;
  }
}

// The table that the document means, and whether it is there already. Where this process put what is there,
// rows by number tell whether anything changed: compiling a hundred thousand forwards costs a second.
std::shared_ptr<const RulesNft> table_for(const Document& document, const Observed& observed,
                                          const std::vector<PlannedLink>& links, const Plan& plan,
                                          bool& in_force) {
  const ObservedNft& seen = observed.nft;
  const auto compile = [&](uint8_t generation) {
    return std::make_shared<const RulesNft>(compile_nft(document, observed, links, plan.rules, generation));
  };
  in_force = seen.loaded && !seen.digest.empty();
  if (in_force && seen.rules) {
    in_force = digest_of(*seen.rules->numbers) == digest_of(*plan.rules);
    if (in_force) return seen.rules;
  } else if (in_force) {
    auto same = compile(std::max<uint8_t>(seen.generation, 1));
    in_force = same->digest == seen.digest;
    if (in_force) return same;
  }
  return compile(later_generation(seen.generation));
}

void plan_table(const Document& document, const Observed& observed, const std::vector<PlannedLink>& links,
                Plan& plan) {
  bool in_force = false;
  plan.table = table_for(document, observed, links, plan, in_force);
  if (!in_force) plan.steps.push_back(step::PutTable{plan.table, plan.table->digest});
}

void plan_carrying(const Observed& observed, EngineKind from, bool late, Plan& plan) {
  const EngineKind to = from == EngineKind::kEbpf ? EngineKind::kNftables : EngineKind::kEbpf;
  plan.steps.push_back(step::CarryFlows{from, to, late});
  if (!late) plan.notes.insert(plan.notes.end(), observed.not_carried.begin(), observed.not_carried.end());
}

// The guards go first, because they take what the kernel forwards for what went past sluice.
void plan_leaving_ebpf(const Observed& observed, Plan& plan) {
  for (const Attachment& attachment : observed.engine.attachments)
    if (attachment.hook == Hook::kTcEgress) detach(observed, attachment, plan);
  for (const Attachment& attachment : observed.engine.attachments)
    if (attachment.hook != Hook::kTcEgress) detach(observed, attachment, plan);
  plan_carrying(observed, EngineKind::kEbpf, true, plan);
  plan.steps.push_back(step::UnloadPrograms{});
}

void plan_addresses(const Document& document, const Observed& observed, const std::vector<PlannedLink>& links,
                    Plan& plan) {
  const Routing routing = wanted_routing(document, observed, links, plan.engine);
  const std::set<uint32_t> moved = plan_vrf_devices(document, observed, plan);
  Routing there = observed.routing;
  std::erase_if(there.routes, [&](const RouteRow& row) { return moved.contains(row.index); });
  plan_vrf_settings(document, observed, plan);
  plan_moving_settings(document, observed, plan);
  for (const PlannedLink& link : links) plan_new_addresses(observed, link, plan);
  plan_old_addresses(document, observed, links, plan);
  plan_new_routing(routing, there, plan);   // the last address takes a device's routes with it
  plan_old_routing(routing, there, plan);
}

void plan_ebpf(const Document& document, const Observed& observed, const std::vector<PlannedLink>& links,
               Plan& plan) {
  const bool coming = observed.nft.loaded;
  SysctlSteps sysctls(observed.sysctls, plan);
  if (!coming) plan_forwarding_off(document, observed, sysctls);
  plan_programs(document, observed, plan);
  plan_rules(observed, plan);
  if (coming) plan_route_lookups(sysctls);
  if (coming) plan_carrying(observed, EngineKind::kNftables, false, plan);
  plan_attachments(observed, links, exchanges_tables(document, observed), plan);
  plan_addresses(document, observed, links, plan);
  plan_xdp(observed, links, plan);
  plan_detachments(observed, links, plan);
  if (observed.engine.leftovers) plan.steps.push_back(step::DropTables{});
  if (!coming) return;
  plan_carrying(observed, EngineKind::kNftables, true, plan);
  plan_forwarding_off(document, observed, sysctls);
  plan.steps.push_back(step::RemoveTable{});
}

void plan_nft(const Document& document, const Observed& observed, const std::vector<PlannedLink>& links,
              Plan& plan) {
  plan_conntrack(document, observed, plan);   // before any flow is there
  plan_table(document, observed, links, plan);
  // Off all devices: they were carried, and what counted them, by a switch that was not ended.
  if (!observed.engine.attachments.empty()) plan_carrying(observed, EngineKind::kEbpf, false, plan);
  SysctlSteps sysctls(observed.sysctls, plan);
  plan_link_settings(document, observed, sysctls);   // an address that comes is answered for on its link
  plan_addresses(document, observed, links, plan);
  // Not before all addresses are there: an error about an inside host's packet would leave by the default
  // route.
  plan_forwarding_on(document, observed, sysctls);
  if (observed.engine.loaded) plan_leaving_ebpf(observed, plan);
}

}   // namespace

Result<Plan> make_plan(const Document& document, const Observed& observed) {
  return make_plan(document, observed, classify_policies(document));
}

namespace {

bool makes_device(const Step& step) {
  const auto* up = std::get_if<step::SetLinkUp>(&step);
  return std::holds_alternative<step::MakeSpace>(step) || std::holds_alternative<step::MakeLink>(step) ||
         (up && up->index == 0);
}

}   // namespace

Result<Plan> plan_devices(const Document& document, const Observed& observed) {
  Plan plan = TRY(begin_plan(document, observed));
  TRY(plan_spaces(document, observed, plan));
  TRY(plan_made_links(document, observed, plan));
  std::erase_if(plan.steps, [](const Step& step) { return !makes_device(step); });
  return plan;
}

Result<Plan> make_plan(const Document& document, const Observed& observed, SharedPolicyTables policies) {
  Plan plan = TRY(begin_plan(document, observed));
  const std::vector<PlannedLink> links = plan_links(document, observed, plan.engine, plan);
  tell_moving(document, links, plan);
  for (std::string& sentence : routes_without_device(document, links))
    plan.degraded.push_back(std::move(sentence));
  if (std::string sentence = lack_of_uplinks(document, observed); !sentence.empty())
    plan.notes.push_back(std::move(sentence));
  plan_silence(document, observed, plan);
  plan_leaving_addresses(document, observed, links, plan);
  plan.rules = std::make_shared<NumberedRules>(compile_rules(document, observed, links, std::move(policies)));
  if (plan.engine == EngineKind::kEbpf)
    plan_ebpf(document, observed, links, plan);
  else
    plan_nft(document, observed, links, plan);
  TRY(plan_queues(document, observed, plan));
  TRY(plan_mac_limits(document, observed, plan));   // before anybody speaks by a new port
  TRY(plan_spaces(document, observed, plan));
  TRY(plan_made_links(document, observed, plan));
  plan_link_removals(document, observed, plan);
  plan_space_removals(document, observed, plan);
  return plan;
}

}   // namespace sluice
