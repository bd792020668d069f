// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/zone_pairs.hpp"

#include <optional>
#include <unordered_map>

namespace sluice {
namespace {

class PairsOfZones {
 public:
  explicit PairsOfZones(const Document& document) : document_(document) {
    numbers_.emplace(kHostZone, 0);
    for (const Zone& zone : document.zones) numbers_.emplace(zone.name, numbers_.size());
  }

  void add_defaults() {
    for (size_t zone = 1; zone < numbers_.size(); ++zone) {
      pairs_.emplace(0, zone);
      if (may_pass_within(document_.zones[zone - 1])) pairs_.emplace(zone, zone);
    }
  }

  void add(const Policy& policy) {
    if (policy.action != Action::kAccept) return;
    for (const std::string& from : policy.from)
      for (const std::string& to : policy.to) pairs_.emplace(numbers_.at(from), numbers_.at(to));
  }

  // Whoever may use it: the sources of a forward are addresses, which can be in any zone.
  void add(const Forward& forward) {
    for (const ForwardTarget& target : targets_of(forward)) add(target);
  }
  void add(const ForwardTarget& target) {
    const auto behind = zone_of(target);
    if (behind ? !led_to_.insert(*behind).second : led_anywhere_) return;
    led_anywhere_ |= !behind;
    for (size_t from = 1; from < numbers_.size(); ++from)
      for (size_t to = behind.value_or(0); to <= behind.value_or(numbers_.size() - 1); ++to)
        if (!is_closed(document_, from, to)) pairs_.emplace(from, to);
  }

  std::set<ZoneNumberPair> take() { return std::move(pairs_); }

 private:
  // 0 where the gateway itself is meant; nothing where the document does not say.
  std::optional<size_t> zone_of(const ForwardTarget& target) const {
    for (const Interface& interface : document_.interfaces)
      for (const InterfaceAddress& own : interface.addresses)
        if (interface.vrf == target.vrf && Prefix::of(own).contains(target.to))
          return own.address == target.to ? 0 : numbers_.at(interface.zone);
    return std::nullopt;
  }

  const Document& document_;
  std::unordered_map<std::string_view, size_t> numbers_;
  std::set<ZoneNumberPair> pairs_;
  std::set<size_t> led_to_;
  bool led_anywhere_ = false;
};

}   // namespace

bool may_pass_within(const Zone& zone) { return !zone.isolated && zone.hosts_may_talk.value_or(true); }

bool is_closed(const Document& document, size_t from, size_t to) {
  if (from == 0 || to == 0 || from == to) return false;
  return document.zones[from - 1].closed || document.zones[to - 1].closed;
}

std::set<ZoneNumberPair> passable_zone_pairs(const Document& document) {
  PairsOfZones pairs(document);
  pairs.add_defaults();
  for (const Policy& policy : document.policies) pairs.add(policy);
  for (const Forward& forward : document.forwards) pairs.add(forward);
  return pairs.take();
}

bool speaks_of(const Policy& policy, const std::string& from, const std::string& to) {
  const auto has = [](const std::vector<std::string>& zones, const std::string& zone) {
    return std::find(zones.begin(), zones.end(), zone) != zones.end();
  };
  return has(policy.from, from) && has(policy.to, to);
}

}   // namespace sluice
