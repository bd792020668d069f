// SPDX-License-Identifier: GPL-2.0-or-later
// A row for each address of each backend: what becomes of new flows there, and what was carried.
#include <algorithm>
#include <chrono>
#include <map>

#include "base/text.hpp"
#include "maps/rules.h"
#include "show/names.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

using Numbers = std::map<std::string, const ObjectCount*>;

// By number: flows that are there now. Where the engine knows how many an object has, none is looked at.
Result<std::map<uint32_t, uint64_t>> live_flows(Engine& engine, const std::vector<ObjectCount>& objects) {
  std::map<uint32_t, uint64_t> live;
  for (const ObjectCount& object : objects)
    if (object.live) live.emplace(object.number, *object.live);
  if (!live.empty() || objects.empty()) return live;
  TRY(engine.visit_flows([&](const FlowState& flow) { ++live[flow.policy]; }));
  return live;
}

struct Told {
  std::string_view state;
  std::string reason;
};

// What was found out counts from when the rules follow it.
Health state_of(const KnownHealth& known, const Member* now) {
  const bool is_left = now && now->state == MemberState::kDown;
  if (known.state == Health::kUp && is_left) return Health::kDown;
  const bool serves = now && (now->state == MemberState::kServes || now->state == MemberState::kSlower);
  return known.state == Health::kDown && serves ? known.before : known.state;
}

Told told_of(const KnownHealth* known, const Member* now) {
  if (!known) return {"unknown", "nobody asks it how it is"};
  switch (state_of(*known, now)) {
    case Health::kUnknown: return {"unknown", known->reason.empty() ? "it is being asked" : known->reason};
    case Health::kUp: return {"up", known->reason};
    case Health::kDown: break;
  }
  return {"down", known->reason};
}

// `now`: what the rules make of it, where they know it still.
Told told_of(const Member& declared, const Member* now, const KnownHealth* known) {
  Told asked = told_of(known, now);
  switch (declared.state) {
    case MemberState::kForbidden:
      return {now ? "draining" : "down", "new flows go over another underlay (network_mode)"};
    case MemberState::kDraining:
      if (!now) return {"down", "drained"};
      return {"draining", declared.until ? "drains until " + rfc3339(*declared.until) : "drains"};
    default: break;
  }
  if (asked.state == "down" || !now) return asked;
  if (now->state == MemberState::kReserve)
    return {asked.state, "stands by: the backend is reached over another underlay"};
  if (now->state == MemberState::kSlower) return {asked.state, "others are faster"};
  return asked;
}

struct Address {
  std::string service;
  Member member;   // as it was declared
  std::chrono::seconds grace;
};

// Since when it is in the state that it is told to be in: by the document, or by what was found out of it.
// `now`: as told_of().
std::chrono::system_clock::time_point since_of(const Gateway& gateway, const Address& address,
                                               const Member* now) {
  const std::string name = name_of(address.service, address.member);
  const KnownHealth* known = gateway.health().find(name);
  const DeclaredState* declared = gateway.health().declared(name);
  if (!declared) return known ? known->since : gateway.since();
  switch (declared->says) {
    case MemberState::kDraining:
      return now ? declared->since : address.member.until.value_or(declared->since);
    case MemberState::kForbidden: return now ? declared->since : declared->since + address.grace;
    default: break;
  }
  if (!known) return declared->since;
  return declared->is_first ? known->since : std::max(known->since, declared->since);
}

std::string text_of_address(const Member& member) {
  return member.port ? to_string(Endpoint{member.to, member.port}) : member.to.to_string();
}

json latency_of(const KnownHealth* known) {
  if (!known || !known->latency) return nullptr;
  return static_cast<double>(known->latency->count()) / 1000;
}

json state_row(const Gateway& gateway, const Address& address, const Member* now) {
  const Member& member = address.member;
  const KnownHealth* known = gateway.health().find(name_of(address.service, member));
  const auto [state, reason] = told_of(member, now, known);
  return {{"service", address.service},
          {"backend", member.backend},
          {"underlay", member.underlay},
          {"address", text_of_address(member)},
          {"state", state},
          {"reason", reason},
          {"since", rfc3339(since_of(gateway, address, now))}};
}

void add_counts(json& row, const ObjectCount* count, const std::map<uint32_t, uint64_t>& live) {
  const auto now = count ? live.find(count->number) : live.end();
  row["connections"] = now == live.end() ? 0 : now->second;
  row["flows"] = count ? count->flows : 0;
  row["packets"] = count ? count->packets : 0;
  row["bytes"] = count ? count->bytes : 0;
}

// In the order of the document. Listeners have the same addresses, and what stands by for the one family may
// serve the other.
std::vector<Address> addresses_of_services(const Document& document) {
  std::vector<Address> all;
  std::map<std::string, size_t> places;
  for (const Forward& forward : document.forwards)
    if (forward.service)
      for (const Member& member : forward.service->members) {
        const auto [at, is_new] = places.try_emplace(name_of(forward.name, member), all.size());
        if (is_new)
          all.push_back({forward.name, member, forward.service->grace});
        else if (all[at->second].member.state == MemberState::kReserve)
          all[at->second].member = member;
      }
  return all;
}

// As the rules know them.
std::map<std::string, Member> members_by_name(const Document& document) {
  std::map<std::string, Member> members;
  for (Address& address : addresses_of_services(document)) {
    std::string name = name_of(address.service, address.member);
    members.emplace(std::move(name), std::move(address.member));
  }
  return members;
}

bool has_services(const Gateway& gateway) {
  return gateway.current() && !gateway.current()->document.services.empty();
}

// Each address as it was declared, and as the rules know it now; null: they do not.
template <class Visit>
void visit_addresses(const Gateway& gateway, Visit visit) {
  const auto& current = gateway.current();
  if (!current || current->document.services.empty()) return;
  const auto in_force = members_by_name(current->document);
  const Document& declared = current->declared ? *current->declared : current->document;
  for (const Address& address : addresses_of_services(declared)) {
    const auto now = in_force.find(name_of(address.service, address.member));
    visit(address, now == in_force.end() ? nullptr : &now->second);
  }
}

}   // namespace

std::vector<json> backend_states(const Gateway& gateway) {
  std::vector<json> rows;
  visit_addresses(gateway, [&](const Address& address, const Member* now) {
    rows.push_back(state_row(gateway, address, now));
  });
  return rows;
}

Result<json> show_services(Gateway& gateway) {
  if (!has_services(gateway)) return json{{"services", json::array()}};
  return json{{"services", TRY(rows_of_services(gateway, TRY(gateway.engine().objects())))}};
}

Result<json> rows_of_services(Gateway& gateway, const std::vector<ObjectCount>& objects) {
  json rows = json::array();
  if (!has_services(gateway)) return rows;
  const auto live = TRY(live_flows(gateway.engine(), objects));
  Numbers numbers;
  for (const ObjectCount& object : objects)
    if (object.kind == SL_OBJECT_BACKEND) numbers.emplace(object.name, &object);
  visit_addresses(gateway, [&](const Address& address, const Member* now) {
    const std::string name = name_of(address.service, address.member);
    json row = state_row(gateway, address, now);
    row["weight"] = address.member.weight;
    row["latency_ms"] = latency_of(gateway.health().find(name));
    const auto number = numbers.find(name);
    add_counts(row, number == numbers.end() ? nullptr : number->second, live);
    rows.push_back(std::move(row));
  });
  return rows;
}

}   // namespace sluice
