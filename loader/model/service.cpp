// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/service.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "base/fnv.hpp"

namespace sluice {
namespace {

bool serves(const Member& member) { return member.state == MemberState::kServes; }

// How many addresses of each backend take new flows.
std::map<std::string_view, uint32_t> addresses_of_backends(const std::vector<Member>& members) {
  std::map<std::string_view, uint32_t> counts;
  for (const Member& member : members)
    if (serves(member)) ++counts[member.backend];
  return counts;
}

// Smooth: each turn goes to who has waited longest for its share.
std::vector<uint16_t> spread(const std::vector<uint32_t>& shares) {
  const int64_t all = std::accumulate(shares.begin(), shares.end(), int64_t{0});
  std::vector<uint16_t> turns;
  turns.reserve(static_cast<size_t>(all));
  if (std::ranges::all_of(shares, [](uint32_t share) { return share <= 1; })) {   // most are
    for (size_t i = 0; i < shares.size(); ++i)
      if (shares[i]) turns.push_back(static_cast<uint16_t>(i));
    return turns;
  }
  std::vector<int64_t> credit(shares.size());
  for (int64_t turn = 0; turn < all; ++turn) {
    size_t next = 0;
    for (size_t i = 0; i < shares.size(); ++i) {
      credit[i] += shares[i];
      if (credit[i] > credit[next]) next = i;
    }
    credit[next] -= all;
    turns.push_back(static_cast<uint16_t>(next));
  }
  return turns;
}

bool may_carry(const PublishedService& service, std::string_view underlay) {
  return service.mode.empty() || service.mode == underlay;
}

template <class Which>
bool has_address(const PublishedService& service, const Backend& backend, Which which) {
  return std::ranges::any_of(backend.addresses, [&](const auto& one) {
    return may_carry(service, one.first) && which(one.first, one.second);
  });
}

std::string wisher(const Member& member) { return member.backend + "/" + member.underlay; }

// The order in which a backend wants the places: a permutation of all of them.
struct Wishes {
  uint32_t next, step;
  uint32_t share;
  uint64_t credit = 0;

  Wishes(const Member& member, uint32_t share_, uint32_t places) : share(share_) {
    const std::string name = wisher(member);
    next = static_cast<uint32_t>(fnv(kFnvStart, name.data(), name.size()) % places);
    step = static_cast<uint32_t>(fnv(fnv(kFnvStart, "step", 4), name.data(), name.size()) % (places - 1) + 1);
  }
};

constexpr uint16_t kNobody = 0xffff;

void take_place(std::vector<uint16_t>& table, Wishes& wishes, uint16_t member) {
  const auto places = static_cast<uint32_t>(table.size());
  while (table[wishes.next] != kNobody) {   // a division would take most of the time
    wishes.next += wishes.step;
    if (wishes.next >= places) wishes.next -= places;
  }
  table[wishes.next] = member;
}

std::vector<uint16_t> maglev(const std::vector<Member>& members, const std::vector<uint32_t>& shares,
                             uint32_t places) {
  const uint32_t largest = *std::ranges::max_element(shares);
  if (largest == 0) return {};
  std::vector<Wishes> wishes;
  for (size_t i = 0; i < members.size(); ++i) wishes.emplace_back(members[i], shares[i], places);
  std::vector<uint16_t> table(places, kNobody);
  uint32_t taken = 0;
  for (size_t i = 0; taken < places; i = (i + 1) % wishes.size()) {
    wishes[i].credit += wishes[i].share;
    for (; wishes[i].credit >= largest && taken < places; wishes[i].credit -= largest, ++taken)
      take_place(table, wishes[i], static_cast<uint16_t>(i));
  }
  return table;
}

}   // namespace

// A preferred address is of use where it may carry. Without a preference that is one of the family that is
// listened on; the other ones stand by, unless nobody else leads to them.
MemberState declared_state(const PublishedService& service, const Backend& backend, std::string_view underlay,
                           Family of_address, Family family, ListensIn listens) {
  if (!may_carry(service, underlay)) return MemberState::kForbidden;
  if (backend.drain) return MemberState::kDraining;
  if (has_address(service, backend, [&](const auto& name, const auto&) { return name == service.prefer; }))
    return underlay == service.prefer ? MemberState::kServes : MemberState::kReserve;
  const bool stands_by = of_address != family && listens.in(of_address) &&
                         has_address(service, backend, [&](const auto&, const Endpoint& one) {
                           return one.address.family() == family;
                         });
  return stands_by ? MemberState::kReserve : MemberState::kServes;
}

bool ends_flows(const Balancing& balancing, const Member& member, uint8_t protocol) {
  return member.state == MemberState::kDown && (protocol == IPPROTO_UDP || balancing.resets_on_down);
}

Balancing within_family(const Balancing& balancing, Family family) {
  Balancing within = balancing;
  std::erase_if(within.members, [&](const Member& member) { return member.to.family() != family; });
  const auto serving = addresses_of_backends(within.members);
  for (Member& member : within.members)
    if (member.state == MemberState::kReserve && !serving.contains(member.backend))
      member.state = MemberState::kServes;
  return within;
}

std::vector<uint32_t> shares_of(const Balancing& balancing) {
  const auto addresses = addresses_of_backends(balancing.members);
  uint32_t parts = 1, common = 0;
  for (const auto& [backend, count] : addresses) parts = std::lcm(parts, count);
  std::vector<uint32_t> shares;
  for (const Member& member : balancing.members) {
    shares.push_back(serves(member) ? member.weight * parts / addresses.at(member.backend) : 0);
    common = std::gcd(common, shares.back());
  }
  for (uint32_t& share : shares) share /= std::max(common, 1u);
  return shares;
}

std::vector<uint16_t> TurnTables::of(const Balancing& balancing, const std::vector<uint32_t>& shares,
                                     uint32_t places) {
  if (shares.empty()) return {};
  if (!balancing.by_source && balancing.balance != Balance::kMaglev) return spread(shares);
  std::string made_of;
  for (size_t i = 0; i < shares.size(); ++i)
    made_of += wisher(balancing.members[i]) + ' ' + std::to_string(shares[i]) + '\n';
  const auto [at, is_new] = known_.try_emplace({places, std::move(made_of)});
  if (is_new) at->second = maglev(balancing.members, shares, places);
  return at->second;
}

}   // namespace sluice
