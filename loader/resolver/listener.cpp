// SPDX-License-Identifier: GPL-2.0-or-later
#include "resolver/listener.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <set>
#include <utility>

namespace sluice {
namespace {

constexpr std::chrono::seconds kTryAgain{1};

}   // namespace

bool ClientSlots::take(const IpAddress& client) {
  size_t& of_client = taken_[client];
  if (all_ < kMost && of_client < kMostOfClient) return ++all_, ++of_client;
  if (of_client == 0) taken_.erase(client);
  return false;
}

void ClientSlots::give_back(const IpAddress& client) {
  --all_;
  if (const auto at = taken_.find(client); --at->second == 0) taken_.erase(at);
}

void Listeners::want(const ResolverOrder& order) {
  std::set<Place> wanted;
  for (const ServedZone& zone : order.zones)
    for (const ListenPlace& place : zone.places) wanted.emplace(zone.name, place);
  std::erase_if(places_, [&](const auto& one) { return !wanted.contains(one.first); });
  for (const Place& place : wanted) places_.try_emplace(place);
  open();
}

void Listeners::open() {
  bool all = true;
  for (auto& [place, pair] : places_) {
    open(place, pair);
    all &= pair.trouble.empty();
  }
  retry_.cancel();
  if (all) return;
  retry_.expires_after(kTryAgain);
  retry_.async_wait([this](const boost::system::error_code& error) {
    if (!error) open();
  });
}

void Listeners::open(const Place& place, Pair& pair) {
  const auto& [zone, where] = place;
  pair.trouble.clear();
  const auto keep = [&](std::unique_ptr<Listener>& kept, Result<std::unique_ptr<Listener>> made) {
    if (made)
      kept = std::move(*made);
    else
      pair.trouble = made.error().message;
  };
  if (!pair.datagrams) keep(pair.datagrams, listen_for_datagrams(io_, resolver_, zone, where));
  if (!pair.streams) keep(pair.streams, listen_for_streams(io_, resolver_, slots_, zone, where));
}

std::vector<std::string> Listeners::troubles() const {
  std::vector<std::string> troubles;
  for (const auto& [place, pair] : places_)
    if (!pair.trouble.empty()) troubles.push_back(fmt::format("zone \"{}\": {}", place.first, pair.trouble));
  return troubles;
}

}   // namespace sluice
