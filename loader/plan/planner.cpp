// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/planner.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "plan/plan_forwarding.hpp"
#include "plan/planned_links.hpp"

namespace sluice {
namespace {

bool is_attached(const Observed& observed, const std::string& link, Hook hook) {
  return observed.engine.attachments.contains({link, hook});
}

void plan_programs(const Observed& observed, Plan& plan) {
  const std::string build = observed.engine.available_build;
  if (!observed.engine.loaded || observed.engine.build != build)
    plan.steps.push_back(step::LoadPrograms{build});
}

void plan_rules(const Document& document, const Observed& observed, const std::vector<PlannedLink>& links,
                Plan& plan) {
  auto rules = std::make_shared<RulesEbpf>(compile_rules(document, observed, links));
  const std::string digest = fmt::format("{:016x}", digest_of(*rules));
  if (!observed.engine.loaded || observed.engine.rules_digest != digest)
    plan.steps.push_back(step::PutRules{rules, digest});
  plan.rules = std::move(rules);
}

void attach(const Observed& observed, const PlannedLink& link, Hook hook, bool required, Plan& plan) {
  if (!is_attached(observed, link.wanted->name, hook) ||
      observed.engine.build != observed.engine.available_build)
    plan.steps.push_back(step::AttachProgram{link.wanted->name, link.seen->index, hook, required});
}

// The guard first: from then on nothing leaves that was not judged.
void plan_attachments(const Observed& observed, const std::vector<PlannedLink>& links, Plan& plan) {
  for (const PlannedLink& link : links) {
    attach(observed, link, Hook::kTcEgress, true, plan);
    attach(observed, link, Hook::kTcIngress, true, plan);
  }
  for (const PlannedLink& link : links)
    if (link.xdp) attach(observed, link, Hook::kXdp, link.wanted->hook == HookChoice::kXdp, plan);
}

bool is_wanted(const Attachment& attachment, const std::vector<PlannedLink>& links) {
  return std::any_of(links.begin(), links.end(), [&](const PlannedLink& link) {
    return link.wanted->name == attachment.link && (attachment.hook != Hook::kXdp || link.xdp);
  });
}

uint32_t index_of(const Observed& observed, const std::string& link) {
  const auto seen = observed.links.find(link);
  return seen == observed.links.end() ? 0 : seen->second.index;
}

void plan_detachments(const Observed& observed, const std::vector<PlannedLink>& links, Plan& plan) {
  for (const Attachment& attachment : observed.engine.attachments)
    if (!is_wanted(attachment, links))
      plan.steps.push_back(
          step::DetachProgram{attachment.link, index_of(observed, attachment.link), attachment.hook});
}

bool has_address(const ObservedLink& link, const InterfaceAddress& address) {
  return std::any_of(link.addresses.begin(), link.addresses.end(),
                     [&](const ObservedAddress& seen) { return seen.address == address; });
}

void plan_new_addresses(const PlannedLink& link, Plan& plan) {
  const Interface& wanted = *link.wanted;
  if (!link.seen->up && !wanted.addresses.empty())
    plan.steps.push_back(step::SetLinkUp{wanted.name, link.seen->index});
  std::vector<InterfaceAddress> all = wanted.addresses;
  all.insert(all.end(), link.translated.begin(), link.translated.end());
  for (const InterfaceAddress& address : all)
    if (!has_address(*link.seen, address))
      plan.steps.push_back(step::AddAddress{wanted.name, link.seen->index, address});
}

bool still_wanted(const std::string& name, const InterfaceAddress& address,
                  const std::vector<PlannedLink>& links) {
  const auto on = [&](const PlannedLink& link) {
    const auto& after = link.addresses;
    return link.wanted->name == name && std::find(after.begin(), after.end(), address) != after.end();
  };
  return std::any_of(links.begin(), links.end(), on);
}

// The record of an address on a device that is gone for a while stays: it is put back when it returns.
bool is_away(const Document& document, const Observed& observed, const std::string& name) {
  const auto named = [&](const Interface& wanted) { return wanted.name == name; };
  return !observed.links.contains(name) &&
         std::any_of(document.interfaces.begin(), document.interfaces.end(), named);
}

void plan_old_addresses(const Document& document, const Observed& observed,
                        const std::vector<PlannedLink>& links, Plan& plan) {
  for (const auto& [name, address] : observed.owned_addresses)
    if (!still_wanted(name, address, links) && !is_away(document, observed, name))
      plan.steps.push_back(step::RemoveAddress{name, index_of(observed, name), address});
}

}   // namespace

Result<Plan> make_plan(const Document& document, const Observed& observed) {
  if (document.engine == EngineChoice::kNftables)
    return fail("engine: nftables is not part of this version (auto and ebpf are)",
                ErrorKind::kInvalidDocument);
  if (document.zones.size() + 1 > SL_MAX_ZONES)
    return fail(fmt::format("zones: {} are more than the {} that can be had", document.zones.size(),
                            SL_MAX_ZONES - 1),
                ErrorKind::kInvalidDocument);
  Plan plan;
  const std::vector<PlannedLink> links = plan_links(document, observed, plan);
  plan_forwarding(document, observed, plan);
  plan_programs(observed, plan);
  plan_rules(document, observed, links, plan);
  plan_attachments(observed, links, plan);
  for (const PlannedLink& link : links) plan_new_addresses(link, plan);
  plan_old_addresses(document, observed, links, plan);
  plan_detachments(observed, links, plan);
  return plan;
}

}   // namespace sluice
