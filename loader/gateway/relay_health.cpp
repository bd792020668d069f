// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/relay_health.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

#include "gateway/health_book.hpp"

namespace sluice {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr microseconds kLatencyByChance{500};   // what is nearer by less is not
constexpr milliseconds kAskRelayEach{700};   // three in vain are less than 3 s; by satellite it takes 650 ms

microseconds latency_of(const RelayOffer& offer) { return offer.latency.value_or(microseconds::max()); }

bool is_much_nearer(microseconds latency, microseconds than) {
  if (than == microseconds::max()) return latency != than;
  return latency + kLatencyByChance < than && latency * 5 <= than * 4;
}

HealthCheck relay_check() {
  return {.type = CheckType::kIcmp, .interval = kAskRelayEach, .timeout = kAskRelayEach};
}

void tell_choice(const std::string& before, const std::string& now) {
  if (now.empty())
    spdlog::warn("no relay answers: callers are told none");
  else if (before.empty())
    spdlog::info("callers are told relay \"{}\"", now);
  else
    spdlog::info("callers are told relay \"{}\", and no longer \"{}\"", now, before);
}

}   // namespace

std::string choose_relay(const std::vector<RelayOffer>& offers, const std::string& told) {
  std::vector<RelayOffer> up;
  std::ranges::copy_if(offers, std::back_inserter(up),
                       [](const RelayOffer& one) { return one.state == Health::kUp; });
  if (up.empty()) {
    const auto at = std::ranges::find(offers, Health::kUnknown, &RelayOffer::state);
    return at == offers.end() ? std::string() : at->name;
  }
  const auto nearest = std::ranges::min_element(up, {}, latency_of);
  const auto now = std::ranges::find(up, told, &RelayOffer::name);
  if (now == up.end() || is_much_nearer(latency_of(*nearest), latency_of(*now))) return nearest->name;
  return told;
}

void add_relay_targets(const Document& document, std::vector<HealthTarget>& targets) {
  if (!document.reachability) return;
  for (const UsedRelay& relay : document.reachability->relays)
    if (const auto& address = relay.asked ? relay.asked : relay.asked6)
      targets.push_back({.name = relay_target_name(relay.name),
                         .address = *address,
                         .device = relay.device,
                         .check = relay_check()});
}

bool tell_relay(const HealthChange& change) {
  const std::string prefix = relay_target_name("");
  if (!change.name.starts_with(prefix)) return false;
  const std::string name = change.name.substr(prefix.size());
  if (change.state == Health::kDown)
    spdlog::warn("relay \"{}\" does not answer: {}", name, change.reason);
  else
    spdlog::info("relay \"{}\" answers", name);
  return true;
}

void HealthBook::choose_relay(Document& document) {
  if (!document.reachability || document.reachability->relays.empty()) return;
  std::vector<RelayOffer> offers;
  for (const UsedRelay& relay : document.reachability->relays) {
    const KnownHealth* known = find(relay_target_name(relay.name));
    offers.push_back(
        {relay.name, known ? known->state : Health::kUnknown, known ? known->latency : std::nullopt});
  }
  const std::string chosen = sluice::choose_relay(offers, told_relay_);
  if (chosen != told_relay_) tell_choice(told_relay_, chosen);
  told_relay_ = chosen;
  for (UsedRelay& relay : document.reachability->relays) relay.in_use = relay.name == chosen;
}

}   // namespace sluice
