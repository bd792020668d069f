// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/carrier_follower.hpp"

#include <algorithm>
#include <ranges>
#include <utility>
#include <vector>

#include "daemon/log.hpp"
#include "kernel/link_state.hpp"

namespace sluice {
namespace {

constexpr std::chrono::seconds kLooksApart{1};   // a plug that rattles
// Two ends find out how they speak, and sluice may have put this one up a moment ago.
constexpr std::chrono::seconds kTimeToComeUp{5};

// As the operator wrote it: networks, pods and containers are not interfaces there.
std::vector<CarrierTurn> named_devices(const Gateway::Candidate& current) {
  const Document& document = current.declared ? *current.declared : current.document;
  std::vector<CarrierTurn> devices;
  for (const Interface& interface : document.interfaces) {
    devices.push_back({.device = interface.name, .zone = interface.zone, .bridge = {}});
    if (const auto* bridge = std::get_if<Bridge>(&interface.made))
      for (const std::string& member : bridge->members)
        devices.push_back({.device = member, .zone = {}, .bridge = interface.name});
  }
  for (const Network& network : document.networks)
    for (const std::string& device : network.attach)
      devices.push_back({.device = device, .zone = {}, .bridge = network.name});
  return devices;
}

// It has the carrier of what is attached to it: one that waits for its first machine lacks none.
bool waits_for_ports(const std::string& device, const Observed& seen) {
  const auto link = seen.links.find(device);
  return link != seen.links.end() && link->second.kind == "bridge" &&
         std::ranges::none_of(seen.links | std::views::values,
                              [&](const ObservedLink& one) { return one.master == device; });
}

}   // namespace

void CarrierFollower::look_again() {
  if (!gateway_.current()) return stop();
  await(looked_ + kLooksApart);
}

void CarrierFollower::stop() {
  timer_.cancel();
  waits_ = false;
  known_.clear();
}

void CarrierFollower::await(Clock::time_point at) {
  if (std::exchange(waits_, true) && timer_.expiry() <= at) return;
  timer_.expires_at(at);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    waits_ = false;
    look();
  });
}

void CarrierFollower::look() {
  if (!gateway_.current()) return;
  looked_ = Clock::now();
  std::map<std::string, Known> known;
  std::vector<EventEntry> entries;
  for (const CarrierTurn& device : named_devices(*gateway_.current())) {
    const auto before = known_.find(device.device);
    const auto at =
        known.try_emplace(device.device, before == known_.end() ? Known{.since = looked_} : before->second);
    if (at.second) note(device, at.first->second, entries);
  }
  known_ = std::move(known);
  if (!entries.empty()) log_entries(entries);
}

void CarrierFollower::note(const CarrierTurn& device, Known& known, std::vector<EventEntry>& entries) {
  const auto has_one = carrier_of(device.device);
  if (!has_one) return;   // what is down or gone is told elsewhere
  const bool lacks = !*has_one && !waits_for_ports(device.device, gateway_.known().seen());
  known.had_one |= *has_one;
  if (lacks == known.is_lost) return;
  if (lacks && !known.had_one && looked_ - known.since < kTimeToComeUp)
    return await(known.since + kTimeToComeUp);
  known.is_lost = lacks;
  CarrierTurn turn = device;
  turn.is_there = !lacks;
  entries.push_back(entry_of(turn, std::chrono::system_clock::now()));
}

}   // namespace sluice
