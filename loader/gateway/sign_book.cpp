// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/sign_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// A SYN that was lost is sent again after a second, and after three.
constexpr milliseconds kLongestPatience{3000};
constexpr uint32_t kFailuresToLeave = 5;
constexpr seconds kFailingFor{2};   // at least: a server that is started again is not left
constexpr seconds kLeftFor{30}, kLeftAtMost{300};

constexpr const char* kNobodyAsks = "nobody asks it how it is";

bool takes_flows(const Member& member) {
  return member.state == MemberState::kServes || member.state == MemberState::kReserve;
}

// The handshake takes as long as these checks do. What the others measure has more in it: a backend with
// clients would look faster than one without.
bool measures_handshakes(const Balancing& balancing) {
  return balancing.balance == Balance::kLatency &&
         (balancing.health.type == CheckType::kTcp || balancing.health.type == CheckType::kIcmp);
}

milliseconds patience_with(const HealthCheck& check) {
  return check.type == CheckType::kNone ? kLongestPatience : std::min(check.timeout, kLongestPatience);
}

// The object got the counter of another one, or another engine counts.
bool ran_back(const SignCount& last, const SignCount& now) {
  constexpr uint32_t kHalf = 1u << 31;
  return now.asked - last.asked >= kHalf || now.answered - last.answered >= kHalf ||
         now.refused - last.refused >= kHalf;
}

}   // namespace

void FailureStreak::begin(const SignCount& now) {
  begin_ = last_ = now;
  has_begun_ = true;
  failures_ = 0;
  looks_.clear();
}

void FailureStreak::note(const SignCount& now, Time time, milliseconds patience) {
  grew_ = answered_ = false;
  if (!has_begun_ || ran_back(last_, now)) return begin(now);
  answered_ = now.answered != last_.answered;
  grew_ = now.refused != last_.refused;
  if (answered_) {
    begin(now);
    return;
  }
  if (now.asked != begin_.asked) looks_.push_back({time, now.asked});
  const auto is_past = [&](const Look& look) { return time - look.time >= patience; };
  const auto first_recent = std::ranges::find_if_not(looks_, is_past);
  if (first_recent - looks_.begin() > 1) looks_.erase(looks_.begin(), std::prev(first_recent));
  const bool is_old = !looks_.empty() && is_past(looks_.front());
  const uint32_t waited = is_old ? looks_.front().asked - begin_.asked : 0;
  last_ = now;
  const uint32_t failures = std::max(refused(), waited);
  grew_ |= failures > failures_;
  if (failures_ == 0 && failures > 0) since_ = time;
  failures_ = failures;
}

void SignBook::want(const Document& declared) {
  auto before = std::exchange(addresses_, {});
  std::map<const Balancing*, size_t> groups;
  groups_.clear();
  for (const Forward& forward : declared.forwards) {
    if (!forward.service || !groups.try_emplace(forward.service.get(), groups_.size()).second) continue;
    const Balancing& balancing = *forward.service;
    Group& group = groups_.emplace_back();
    for (const Member& member : balancing.members) {
      if (!takes_flows(member)) continue;
      std::string name = name_of(forward.name, member);
      const auto at = before.find(name);
      const bool is_known = at != before.end() && at->second.to == member.to &&
                            at->second.port == member.port && at->second.check == balancing.health;
      Address address = is_known ? std::move(at->second) : Address{};
      address.to = member.to;
      address.port = member.port;
      address.check = balancing.health;
      address.by_latency = measures_handshakes(balancing);
      address.group = groups_.size() - 1;
      ++group.takes_flows;
      group.left += address.until.has_value();
      addresses_.insert_or_assign(std::move(name), std::move(address));
    }
  }
  names_.clear();
  for (const auto& [name, address] : addresses_) names_.push_back(name);
}

SignBook::Found SignBook::look(const std::vector<SignCount>& counts, Time now) {
  Found found;
  if (counts.size() != addresses_.size()) return found;
  auto count = counts.begin();
  for (auto& [name, address] : addresses_) {
    address.streak.note(*count, now, patience_with(address.check));
    if (address.check.type == CheckType::kNone)
      look_at_unasked(name, address, *count, now, found);
    else
      look_at_asked(name, address, count->answer_us, found);
    ++count;
  }
  return found;
}

void SignBook::look_at_asked(const std::string& name, const Address& address, uint32_t answer_us,
                             Found& found) const {
  if (address.streak.grew()) found.signs.in_trouble.push_back(name);
  if (address.by_latency && address.streak.answered() && answer_us > 0)
    found.signs.latencies.emplace_back(name, microseconds(answer_us));
}

// Who comes back has to show with the first connection that he is well.
bool SignBook::seems_dead(const Address& address, Time now) const {
  const FailureStreak& streak = address.streak;
  if (address.times_left > 0) return streak.failures() > 0;
  return streak.failures() >= kFailuresToLeave && now - streak.since() >= kFailingFor;
}

void SignBook::look_at_unasked(const std::string& name, Address& address, const SignCount& count, Time now,
                               Found& found) {
  Group& group = groups_[address.group];
  if (address.until) {
    if (now < *address.until && 2 * group.left <= group.takes_flows) return;
    address.until.reset();
    --group.left;
    address.streak.begin(count);
    return tell(name, address, Health::kUnknown, kNobodyAsks, found);
  }
  if (address.streak.answered()) address.times_left = 0;
  // However many look dead, half of them stay: who makes it look so takes no service away.
  if (seems_dead(address, now) && 2 * (group.left + 1) <= group.takes_flows) leave(name, address, now, found);
}

void SignBook::leave(const std::string& name, Address& address, Time now, Found& found) {
  ++address.times_left;
  address.until = now + std::min(kLeftFor * address.times_left, kLeftAtMost);
  ++groups_[address.group].left;
  const uint32_t refused = address.streak.refused();
  tell(name, address, Health::kDown,
       fmt::format("{} attempts of clients {}, and none was answered",
                   refused ? refused : address.streak.failures(), refused ? "were refused" : "failed"),
       found);
}

void SignBook::tell(const std::string& name, Address& address, Health state, std::string reason,
                    Found& found) {
  found.changes.push_back({name, state, reason, std::nullopt});
  address.told = KnownHealth{address.to,        address.port, state, std::chrono::system_clock::now(),
                             std::move(reason), std::nullopt};
}

std::map<std::string, KnownHealth> SignBook::left() const {
  std::map<std::string, KnownHealth> left;
  for (const auto& [name, address] : addresses_)
    if (address.told) left.emplace(name, *address.told);
  return left;
}

}   // namespace sluice
