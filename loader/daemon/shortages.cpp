// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/shortages.hpp"

#include <algorithm>

#include "daemon/event_text.hpp"

namespace sluice {

void Shortages::note(const NatEvent& event) {
  if (remedy_for(event.kind).empty()) return;
  std::erase_if(last_, [&](const NatEvent& e) { return e.kind == event.kind && e.rule == event.rule; });
  last_.push_back(event);
}

std::vector<NatEvent> Shortages::recent(Time now) const {
  std::vector<NatEvent> events;
  for (const NatEvent& event : last_)
    if (now - event.time < kRecent) events.push_back(event);
  return events;
}

nlohmann::json json_of(const std::vector<NatEvent>& shortages) {
  nlohmann::json rows = nlohmann::json::array();
  for (const NatEvent& event : shortages) {
    const EventEntry entry = entry_of(event);
    rows.push_back(nlohmann::json(entry.fields));
    rows.back()["text"] = entry.message;
  }
  return rows;
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
