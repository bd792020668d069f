// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/plan_queues.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {
namespace {

constexpr uint64_t kBitsOfAByte = 8;

const Bandwidth* bandwidth_of(const Document& document, std::string_view vrf) {
  for (const Vrf& one : document.vrfs)
    if (one.name == vrf) return one.bandwidth ? &*one.bandwidth : nullptr;
  return nullptr;
}

// A tenant gets no more by its own interface than it may have.
std::optional<uint64_t> rate_of(const Document& document, const Interface& interface) {
  const Bandwidth* own = bandwidth_of(document, interface.vrf);
  if (!own || !own->maximum) return interface.rate;
  return std::min(*own->maximum, interface.rate.value_or(*own->maximum));
}

std::string in_the_way(const std::string& link, const std::string& other) {
  return fmt::format(
      "interface \"{}\" cannot have queues: somebody else put {} on it; `tc qdisc del dev {} root` takes it "
      "off",
      link, other, link);
}

void plan_one(const Interface& wanted, const ObservedLink& link, const Queues& queues,
              const Observed& observed, Plan& plan) {
  const auto seen = observed.queues.find(wanted.name);
  const bool there = seen != observed.queues.end();
  if (there && seen->second == queues) return;
  plan.steps.push_back(
      step::PutQueues{wanted.name, link.index, queues, there ? std::optional(seen->second) : std::nullopt});
}

bool is_wanted(const Document& document, const std::string& link) {
  return std::ranges::any_of(document.interfaces, [&](const Interface& interface) {
    return interface.name == link && queues_of(document, interface);
  });
}

}   // namespace

std::optional<Queues> queues_of(const Document& document, const Interface& interface) {
  const auto bits = rate_of(document, interface);
  if (!bits) return std::nullopt;
  Queues queues{.rate = *bits / kBitsOfAByte, .classes = {}};
  uint64_t others = queues.rate;
  const bool is_tenants = bandwidth_of(document, interface.vrf) != nullptr;
  for (const Vrf& vrf : document.vrfs) {
    if (!vrf.bandwidth || is_tenants) continue;
    const uint64_t guaranteed = vrf.bandwidth->guaranteed / kBitsOfAByte;
    const uint64_t maximum = std::min(queues.rate, vrf.bandwidth->maximum.value_or(*bits) / kBitsOfAByte);
    queues.classes.insert({vrf.table, std::min(guaranteed, maximum), maximum});
    others -= std::min(others, guaranteed);
  }
  queues.classes.insert({kOtherQueue, std::max<uint64_t>(others, 1), queues.rate});
  return queues;
}

bool has_queue(const Document& document, const Interface& interface) {
  return bandwidth_of(document, interface.vrf) != nullptr;
}

Result<> plan_queues(const Document& document, const Observed& observed, Plan& plan) {
  for (const Interface& interface : document.interfaces) {
    const auto link = observed.links.find(interface.name);
    const auto queues = queues_of(document, interface);
    if (link == observed.links.end() || !queues) continue;
    if (const auto other = observed.other_queues.find(interface.name); other != observed.other_queues.end()) {
      std::string sentence = in_the_way(interface.name, other->second);
      if (!observed.in_force) return fail(std::move(sentence));
      plan.degraded.push_back(std::move(sentence));
      continue;
    }
    plan_one(interface, link->second, *queues, observed, plan);
  }
  for (const auto& [name, queues] : observed.queues)
    if (!is_wanted(document, name))
      plan.steps.push_back(step::RemoveQueues{name, observed.links.at(name).index, queues});
  return {};
}

}   // namespace sluice
