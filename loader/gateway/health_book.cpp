// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/health_book.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <unordered_set>

namespace sluice {
namespace {

using nlohmann::json;
using std::chrono::microseconds;
using std::chrono::system_clock;

int64_t seconds_of(system_clock::time_point time) { return system_clock::to_time_t(time); }

std::map<std::string, KnownHealth> states_in(const json& kept) {
  std::map<std::string, KnownHealth> known;
  for (const json& row : kept) {
    const auto address = IpAddress::parse(row.at("address").get<std::string>());
    if (!address) continue;
    known[row.at("name")] = {*address,
                             row.at("port"),
                             row.at("down") ? Health::kDown : Health::kUp,
                             system_clock::from_time_t(row.at("since").get<int64_t>()),
                             row.at("reason"),
                             std::nullopt};
  }
  return known;
}

// Balancing is shared by the listeners of one family.
template <class Visit>
void for_each_checked(const Document& document, Visit visit) {
  std::set<const Balancing*> seen;
  for (const Forward& forward : document.forwards)
    if (forward.service && forward.service->health.type != CheckType::kNone &&
        seen.insert(forward.service.get()).second)
      visit(forward, *forward.service);
}

// Who serves stays until it is a fifth slower than the best, and who does not comes when it is as good: what
// wavers between two figures changes nothing. What is less than half a millisecond is chance.
constexpr microseconds kChance{500};
bool is_fast(microseconds latency, microseconds best, bool was_fast) {
  if (latency - best <= kChance) return true;
  return was_fast ? latency * 5 <= best * 6 : latency * 20 <= best * 21;
}

}   // namespace

HealthBook::HealthBook(const std::filesystem::path& state) : file_(kFile, state) {
  (void)file_.read([this](const json& kept) { known_ = states_in(kept); });   // else they are found out anew
}

void HealthBook::want(std::vector<HealthTarget>& targets) {
  std::map<std::string, KnownHealth> before;
  before.swap(known_);
  for (HealthTarget& target : targets) {
    const auto at = before.find(target.name);
    const bool same =
        at != before.end() && at->second.address == target.address && at->second.port == target.port;
    if (same) target.state = at->second.state;
    known_[target.name] = same ? at->second : KnownHealth{target.address,      target.port, Health::kUnknown,
                                                          system_clock::now(), "",          {}};
  }
}

std::vector<HealthChange> HealthBook::note(const HealthNews& news) {
  std::vector<HealthChange> changed;
  for (const HealthChange& change : news.changes) {
    const auto at = known_.find(change.name);
    if (at == known_.end()) continue;
    KnownHealth& known = at->second;
    file_.note_change();
    if (known.state != change.state) {
      known.since = system_clock::now();
      known.before = known.state;
      changed.push_back(change);
    }
    known.state = change.state;
    known.reason = change.reason;
    if (change.latency) known.latency = change.latency;
  }
  for (const auto& [name, latency] : news.latencies)
    if (const auto at = known_.find(name); at != known_.end()) at->second.latency = latency;
  return changed;
}

const KnownHealth* HealthBook::find(const std::string& name) const {
  if (const auto at = known_.find(name); at != known_.end()) return &at->second;
  const auto at = left_.find(name);
  return at == left_.end() ? nullptr : &at->second;
}

void HealthBook::keep() {
  if (file_.is_kept()) return;
  json rows = json::array();
  for (const auto& [name, known] : known_)
    if (known.state != Health::kUnknown)
      rows.push_back({{"name", name},
                      {"address", known.address.to_string()},
                      {"port", known.port},
                      {"down", known.state == Health::kDown},
                      {"since", seconds_of(known.since)},
                      {"reason", known.reason}});
  if (const auto kept = file_.keep(rows); !kept) spdlog::warn("{}", kept.error().message);
  file_.leave();   // a full disk is told once for each change
}

bool HealthBook::is_down(const Balancing& balancing, const std::string& name, const Member& member) const {
  const auto& states = balancing.health.type == CheckType::kNone ? left_ : known_;
  const auto at = states.find(name);
  return at != states.end() && at->second.state == Health::kDown && at->second.address == member.to;
}

// Who was not measured yet serves: it would have to wait for nothing.
HealthBook::Names HealthBook::fast_of(const Balancing& balancing, const std::string& service) const {
  std::map<std::string, microseconds> measured;
  Names fast;
  for (const Member& member : balancing.members) {
    const std::string name = name_of(service, member);
    const KnownHealth* known = find(name);
    if (member.state != MemberState::kServes || is_down(balancing, name, member)) continue;
    if (known && known->latency)
      measured.emplace(name, *known->latency);
    else
      fast.insert(name);
  }
  if (measured.empty()) return fast;
  const microseconds best =
      std::ranges::min_element(measured, {}, [](const auto& one) { return one.second; })->second;
  const auto before = fast_.find(service);
  for (const auto& [name, latency] : measured)
    if (is_fast(latency, best, before != fast_.end() && before->second.contains(name))) fast.insert(name);
  return fast;
}

void HealthBook::judge(Balancing& balancing, const std::string& service) const {
  using enum MemberState;
  Names served;   // backends
  for (Member& member : balancing.members) {
    const bool takes_flows = member.state == kServes || member.state == kReserve;
    if (takes_flows && is_down(balancing, name_of(service, member), member)) member.state = kDown;
    if (member.state == kServes) served.insert(member.backend);
  }
  for (Member& member : balancing.members)
    if (member.state == kReserve && !served.contains(member.backend)) member.state = kServes;
  if (balancing.balance != Balance::kLatency) return;
  const Names fast = fast_of(balancing, service);
  for (Member& member : balancing.members)
    if (member.state == kServes && !fast.contains(name_of(service, member))) member.state = kSlower;
}

void HealthBook::declare(const Document& document, bool is_whole) {
  using enum MemberState;
  std::map<std::string, DeclaredState> seen;
  std::set<const Balancing*> listed;   // listeners share what they lead to
  for (const Forward& forward : document.forwards) {
    if (!forward.service || !listed.insert(forward.service.get()).second) continue;
    for (const Member& member : forward.service->members) {
      const bool leaves = member.state == kDraining || member.state == kForbidden;
      const MemberState says = leaves ? member.state : kServes;
      std::string name = name_of(forward.name, member);
      const DeclaredState* before = declared(name);
      const bool same = before && before->says == says;
      seen.try_emplace(std::move(name), same ? *before : DeclaredState{says, system_clock::now(), !before});
    }
  }
  if (is_whole) declared_.clear();
  for (auto& [name, state] : seen) declared_.insert_or_assign(name, state);
}

const DeclaredState* HealthBook::declared(const std::string& name) const {
  const auto at = declared_.find(name);
  return at == declared_.end() ? nullptr : &at->second;
}

void HealthBook::settle(Document& document, bool keep) {
  std::map<std::shared_ptr<const Balancing>, std::shared_ptr<const Balancing>> settled;
  std::map<std::string, Names> fast;
  for (Forward& forward : document.forwards) {
    if (!forward.service) continue;
    if (forward.service->health.type == CheckType::kNone && left_.empty()) continue;
    auto& after = settled[forward.service];
    if (!after) {
      auto judged = std::make_shared<Balancing>(*forward.service);
      judge(*judged, forward.name);
      if (judged->balance == Balance::kLatency)
        for (const Member& member : judged->members)
          if (member.state == MemberState::kServes) fast[forward.name].insert(name_of(forward.name, member));
      after = std::move(judged);
    }
    forward.service = after;
  }
  if (!keep) return;
  choose_relay(document);
  for (const Forward& forward : document.forwards) fast_.erase(forward.name);
  fast_.merge(fast);
}

std::set<std::string> HealthBook::choosing_others(const Document& declared) const {
  static const Names kNobody;
  std::set<std::string> others;
  for_each_checked(declared, [&](const Forward& forward, const Balancing& balancing) {
    if (balancing.balance != Balance::kLatency) return;
    const Names fast = fast_of(balancing, forward.name);
    const auto at = fast_.find(forward.name);
    const Names& before = at == fast_.end() ? kNobody : at->second;
    const bool other = std::ranges::any_of(balancing.members, [&](const Member& member) {
      const std::string name = name_of(forward.name, member);
      return member.state == MemberState::kServes && !is_down(balancing, name, member) &&
             fast.contains(name) != before.contains(name);
    });
    if (other) others.insert(forward.name);
  });
  return others;
}

std::vector<HealthTarget> health_targets(const Document& declared) {
  std::vector<HealthTarget> targets;
  std::unordered_set<std::string> names;   // both families lead to it
  for_each_checked(declared, [&](const Forward& forward, const Balancing& balancing) {
    for (const Member& member : balancing.members) {
      std::string name = name_of(forward.name, member);
      if (!names.insert(name).second) continue;
      const HealthCheck& check = balancing.health;
      const uint16_t port = check.port ? check.port : member.port ? member.port : forward.ports.front().first;
      targets.push_back({.name = std::move(name),
                         .address = member.to,
                         .port = check.type == CheckType::kIcmp ? uint16_t{0} : port,
                         .device = {},
                         .check = check,
                         .state = Health::kUnknown});
    }
  });
  return targets;
}

std::map<std::string, std::string> vrfs_of_members(const Document& declared) {
  std::map<std::string, std::string> vrfs;
  for_each_checked(declared, [&](const Forward& forward, const Balancing& balancing) {
    for (const Member& member : balancing.members)
      if (!member.vrf.empty()) vrfs.emplace(name_of(forward.name, member), member.vrf);
  });
  return vrfs;
}

}   // namespace sluice
