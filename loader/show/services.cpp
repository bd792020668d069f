// SPDX-License-Identifier: GPL-2.0-or-later
// A row for each address of each backend: what becomes of new flows there, and what was carried.
#include <map>
#include <set>

#include "base/text.hpp"
#include "maps/rules.h"
#include "show/names.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

using Numbers = std::map<std::string, const ObjectCount*>;

// By number: flows that are there now.
Result<std::map<uint32_t, uint64_t>> live_flows(Engine& engine) {
  std::map<uint32_t, uint64_t> live;
  TRY(engine.visit_flows([&](const FlowState& flow) { ++live[flow.policy]; }));
  return live;
}

struct Told {
  std::string_view state;
  std::string reason;
};

Told told_of(const Member& member, bool carries) {
  switch (member.state) {
    case MemberState::kServes: return {"unknown", "nobody asks it how it is"};
    case MemberState::kReserve: return {"unknown", "stands by: the backend is reached over another underlay"};
    case MemberState::kForbidden:
      return {carries ? "draining" : "down", "new flows go over another underlay (network_mode)"};
    case MemberState::kDraining: break;
  }
  if (!carries) return {"down", "drained"};
  return {"draining", member.until ? "drains until " + rfc3339(*member.until) : "drains"};
}

std::string text_of_address(const Member& member) {
  return member.port ? to_string(Endpoint{member.to, member.port}) : member.to.to_string();
}

json row_of(const std::string& service, const Member& member, bool goes_on) {
  const auto [state, reason] = told_of(member, goes_on);
  return {{"service", service},
          {"backend", member.backend},
          {"underlay", member.underlay},
          {"address", text_of_address(member)},
          {"state", state},
          {"weight", member.weight},
          {"latency_ms", nullptr},
          {"reason", reason}};
}

void add_counts(json& row, const ObjectCount* count, const std::map<uint32_t, uint64_t>& live) {
  const auto now = count ? live.find(count->number) : live.end();
  row["connections"] = now == live.end() ? 0 : now->second;
  row["flows"] = count ? count->flows : 0;
  row["packets"] = count ? count->packets : 0;
  row["bytes"] = count ? count->bytes : 0;
}

using Addresses = std::vector<std::pair<std::string, Member>>;   // with the service of each

// In the order of the document. Listeners of one family have the same addresses.
Addresses addresses_of_services(const Document& document) {
  Addresses all;
  std::set<std::string> seen;
  for (const Forward& forward : document.forwards)
    if (forward.service)
      for (const Member& member : forward.service->members)
        if (seen.insert(name_of(forward.name, member)).second) all.emplace_back(forward.name, member);
  return all;
}

// Of addresses that flows which are there go on to.
std::set<std::string> names_that_carry(const Document& document) {
  std::set<std::string> names;
  for (const auto& [service, member] : addresses_of_services(document))
    names.insert(name_of(service, member));
  return names;
}

}   // namespace

Result<json> show_services(Gateway& gateway) {
  json rows = json::array();
  if (!gateway.current() || gateway.current()->document.services.empty()) return json{{"services", rows}};
  const auto objects = TRY(gateway.engine().objects());
  const auto live = TRY(live_flows(gateway.engine()));
  Numbers numbers;
  for (const ObjectCount& object : objects)
    if (object.kind == SL_OBJECT_BACKEND) numbers.emplace(object.name, &object);
  const auto& current = *gateway.current();
  const auto carry = names_that_carry(current.document);
  const Document& declared = current.declared ? *current.declared : current.document;
  for (const auto& [service, member] : addresses_of_services(declared)) {
    const std::string name = name_of(service, member);
    json row = row_of(service, member, carry.contains(name));
    const auto number = numbers.find(name);
    add_counts(row, number == numbers.end() ? nullptr : number->second, live);
    row["since"] = rfc3339(gateway.since());
    rows.push_back(std::move(row));
  }
  return json{{"services", std::move(rows)}};
}

}   // namespace sluice
