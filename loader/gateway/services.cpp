// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/services.hpp"

#include <algorithm>

#include "maps/rules.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;

// Each address once: listeners share what they lead to.
template <class Visit>
void for_each_member(const Document& document, Visit visit) {
  for (const Forward& forward : document.forwards)
    if (forward.service)
      for (const Member& member : forward.service->members)
        visit(name_of(forward.name, member), *forward.service, member);
}

ServiceTimes::Since still_forbidden(const Document& document, const ServiceTimes::Since& known,
                                    std::chrono::steady_clock::time_point now) {
  ServiceTimes::Since since;
  for_each_member(document, [&](const std::string& name, const Balancing&, const Member& member) {
    if (member.state != MemberState::kForbidden) return;
    const auto at = known.find(name);
    since.emplace(name, at == known.end() ? now : at->second);
  });
  return since;
}

std::pair<std::string, Family> key_of(const Forward& forward) { return {forward.name, forward.to.family()}; }

ServiceTimes::Addresses addresses_of(const Document& document) {
  ServiceTimes::Addresses addresses;
  for (const Forward& forward : document.forwards)
    if (forward.service) addresses.try_emplace(key_of(forward), forward.service->members);
  return addresses;
}

const std::vector<Member>& at(const ServiceTimes::Addresses& addresses, const Forward& forward) {
  static const std::vector<Member> kNone;
  const auto found = addresses.find(key_of(forward));
  return found == addresses.end() ? kNone : found->second;
}

bool leads_to(const Balancing& balancing, const Member& member) {
  return std::ranges::any_of(balancing.members, [&](const Member& other) {
    return other.to == member.to && other.port == member.port && other.vrf == member.vrf;
  });
}

bool has_vrf(const Document& document, const std::string& name) {
  return name.empty() || std::ranges::find(document.vrfs, name, &Vrf::name) != document.vrfs.end();
}

}   // namespace

std::optional<milliseconds> ServiceTimes::left(const std::string& name, const Balancing& balancing,
                                               const Member& member, const ServiceClocks& now) const {
  if (member.state == MemberState::kDraining && member.until)
    return std::chrono::ceil<milliseconds>(*member.until - now.wall);
  const auto at = since_.find(name);
  if (member.state != MemberState::kForbidden || at == since_.end()) return std::nullopt;
  return std::chrono::ceil<milliseconds>(at->second + balancing.grace - now.steady);
}

// Whose time had begun before it left the document has no more than what was left of it.
ServiceTimes::Addresses ServiceTimes::still_leaving(const Document& document,
                                                    const ServiceClocks& now) const {
  Addresses leaving;
  for (const Forward& forward : document.forwards) {
    if (!forward.service || leaving.contains(key_of(forward))) continue;
    const Balancing& balancing = *forward.service;
    std::vector<Member>& members = leaving[key_of(forward)];
    const auto add = [&](Member member, milliseconds most) {
      if (leads_to(balancing, member) || !has_vrf(document, member.vrf)) return;
      const auto rest = left(name_of(forward.name, member), balancing, member, now).value_or(most);
      if (rest <= milliseconds(0)) return;
      member.state = MemberState::kDraining;
      member.until = now.wall + std::min(rest, most);
      members.push_back(std::move(member));
    };
    for (const Member& member : at(declared_, forward)) add(member, balancing.grace);
    for (const Member& member : at(leaving_, forward)) add(member, milliseconds::max());
  }
  return leaving;
}

void ServiceTimes::settle(Document& document, const ServiceClocks& now, bool keep) {
  Addresses leaving = still_leaving(document, now);
  if (keep) {
    since_ = still_forbidden(document, since_, now.steady);
    declared_ = addresses_of(document);
    leaving_ = leaving;
  }
  std::map<std::shared_ptr<const Balancing>, std::shared_ptr<const Balancing>> settled;
  for (Forward& forward : document.forwards) {
    if (!forward.service) continue;
    const Balancing& before = *forward.service;
    const auto is_over = [&](const Member& member) {
      const auto rest = left(name_of(forward.name, member), before, member, now);
      return rest && *rest <= milliseconds(0);
    };
    const std::vector<Member>& gone = at(leaving, forward);
    if (gone.empty() && std::ranges::none_of(before.members, is_over)) continue;
    auto& after = settled[forward.service];
    if (!after) {
      auto changed = std::make_shared<Balancing>(before);
      std::erase_if(changed->members, is_over);
      const size_t room = SL_MAX_MEMBERS - std::min<size_t>(SL_MAX_MEMBERS, changed->members.size());
      changed->members.insert(changed->members.end(), gone.begin(),
                              gone.begin() + static_cast<ptrdiff_t>(std::min(room, gone.size())));
      after = std::move(changed);
    }
    forward.service = after;
  }
}

void ServiceTimes::note(const Document& declared, std::string_view service) {
  for (const Forward& forward : declared.forwards)
    if (forward.service && forward.name == service)
      declared_.insert_or_assign(key_of(forward), forward.service->members);
}

std::optional<milliseconds> ServiceTimes::next(const Document& document, const ServiceClocks& now) const {
  std::optional<milliseconds> next;
  for (const Forward& forward : document.forwards) {
    if (!forward.service) continue;
    for (const Member& member : forward.service->members) {
      if (member.state != MemberState::kDraining && member.state != MemberState::kForbidden) continue;
      const auto rest = left(name_of(forward.name, member), *forward.service, member, now);
      if (rest && (!next || *rest < *next)) next = rest;
    }
  }
  return next;
}

}   // namespace sluice
