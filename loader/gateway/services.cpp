// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/services.hpp"

#include <algorithm>

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

}   // namespace

std::optional<milliseconds> ServiceTimes::left(const std::string& name, const Balancing& balancing,
                                               const Member& member, const ServiceClocks& now) const {
  if (member.state == MemberState::kDraining && member.until)
    return std::chrono::ceil<milliseconds>(*member.until - now.wall);
  const auto at = since_.find(name);
  if (member.state != MemberState::kForbidden || at == since_.end()) return std::nullopt;
  return std::chrono::ceil<milliseconds>(at->second + balancing.grace - now.steady);
}

void ServiceTimes::settle(Document& document, const ServiceClocks& now, bool keep) {
  if (keep) since_ = still_forbidden(document, since_, now.steady);
  std::map<std::shared_ptr<const Balancing>, std::shared_ptr<const Balancing>> settled;
  for (Forward& forward : document.forwards) {
    if (!forward.service) continue;
    const Balancing& before = *forward.service;
    const auto is_over = [&](const Member& member) {
      const auto rest = left(name_of(forward.name, member), before, member, now);
      return rest && *rest <= milliseconds(0);
    };
    if (std::ranges::none_of(before.members, is_over)) continue;
    auto& after = settled[forward.service];
    if (!after) {
      auto changed = std::make_shared<Balancing>(before);
      std::erase_if(changed->members, is_over);
      after = std::move(changed);
    }
    forward.service = after;
  }
}

std::optional<milliseconds> ServiceTimes::next(const Document& document, const ServiceClocks& now) const {
  std::optional<milliseconds> next;
  for_each_member(document, [&](const std::string& name, const Balancing& balancing, const Member& member) {
    const auto rest = left(name, balancing, member, now);
    if (rest && (!next || *rest < *next)) next = rest;
  });
  return next;
}

}   // namespace sluice
