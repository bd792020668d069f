// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/shortages.hpp"

#include <algorithm>

namespace sluice {

void Shortages::note(const NatEvent& event) {
  if (remedy_for(event.kind).empty()) return;
  ++told_[event.kind];
  std::erase_if(last_, [&](const NatEvent& e) {
    return e.kind == event.kind && e.rule == event.rule && e.vrf == event.vrf;
  });
  if (last_.size() == kMost) last_.erase(last_.begin());
  last_.push_back(event);
}

std::vector<NatEvent> Shortages::recent(Time now) const {
  std::vector<NatEvent> events;
  for (const NatEvent& event : last_)
    if (now - event.time < kRecent) events.push_back(event);
  return events;
}

uint64_t Shortages::told(EventKind kind) const {
  const auto at = told_.find(kind);
  return at == told_.end() ? 0 : at->second;
}

std::string_view remedy_for(EventKind kind) {
  switch (kind) {
    case EventKind::kPortsExhausted:
      return "give the masquerade more \"addresses\" or \"ports\"; a lower \"mappings_per_host\" leaves more "
             "of "
             "them to other hosts";
    case EventKind::kHostMappings:
      return "look at the host; \"mappings_per_host\" allows it more, \"quota\": \"soft\" what nobody else "
             "needs";
    case EventKind::kHostFlows: return "look at the host; \"tables\": { \"flows_per_host\" } allows it more";
    case EventKind::kTableFull:
      return "\"tables\": { \"flows\" } makes more room, \"flows_per_host\" limits a host";
    case EventKind::kHalfOpenFull: return "\"tables\": { \"half_open\" } makes more room";
    case EventKind::kMappingsFull:
      return "\"tables\": { \"mappings\" } makes more room, \"mappings_per_host\" limits a host";
    case EventKind::kTargetHalfOpen:
      return "somebody may be flooding it with SYNs; \"half_open\" of the forward allows more";
    default: return "";
  }
}

}   // namespace sluice
