// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "model/resolver_order.hpp"

namespace sluice {
namespace {

constexpr size_t kLongestLabel = 63, kLongestHostName = 253;

char in_lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_label(std::string_view label) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, fits);
}

// Of the zone, and of those that routes of it lead through.
std::set<std::string> vrfs_in_reach(const Document& document, const std::string& zone) {
  std::set<std::string> vrfs;
  for (const Interface& interface : document.interfaces)
    if (interface.zone == zone) vrfs.insert(interface.vrf);
  std::set<std::string> beyond;
  const auto follow = [&](const std::string& vrf, const std::vector<VrfRoute>& routes) {
    if (!vrfs.contains(vrf)) return;
    for (const VrfRoute& route : routes)
      if (!route.via) beyond.insert(route.through);
  };
  follow("", document.routes);
  for (const Vrf& vrf : document.vrfs) follow(vrf.name, vrf.routes);
  vrfs.merge(beyond);
  return vrfs;
}

class ThingNames {
 public:
  ThingNames(const Document& document, std::set<std::string> vrfs)
      : document_(document), vrfs_(std::move(vrfs)) {}

  std::vector<NamedAddresses> all() const {
    std::vector<NamedAddresses> names;
    for (const PublishedService& service : document_.services)
      add(names, fmt::format("{}.{}", service.name, kServiceNames), addresses_of(service));
    for (const Network& network : document_.networks) {
      if (!vrfs_.contains(network.vrf == kMainVrf ? std::string() : network.vrf)) continue;
      for (const NetworkEndpoint& endpoint : network.endpoints)
        add(names, fmt::format("{}.{}.{}", endpoint.name, network.name, kEndpointNames),
            addresses_of(endpoint));
    }
    if (vrfs_.contains(std::string(kPodVrf))) add_pods(names);
    for (const Container& container : document_.containers)
      if (!container.name.empty() && vrfs_.contains(container.vrf))
        add(names, fmt::format("{}.{}", container.name, kContainerNames), addresses_of(container));
    return names;
  }

 private:
  void add_pods(std::vector<NamedAddresses>& names) const {
    for (const Pod& pod : document_.pods) {
      if (!pod.address) continue;
      add(names, fmt::format("{}.{}", pod.name, kPodNames), {*pod.address});
      for (const PodService& service : pod.services)
        add(names, fmt::format("{}.{}.{}", service.name, pod.name, kPodNames), {*pod.address});
    }
  }

  static void add(std::vector<NamedAddresses>& names, const std::string& text,
                  std::vector<IpAddress> addresses) {
    auto name = host_name(text);
    if (name && !addresses.empty()) names.push_back({std::move(*name), std::move(addresses)});
  }

  static std::vector<IpAddress> addresses_of(const Container& container) {
    std::vector<IpAddress> addresses{container.address};
    if (container.address6) addresses.push_back(*container.address6);
    return addresses;
  }

  static std::vector<IpAddress> addresses_of(const NetworkEndpoint& endpoint) {
    std::vector<IpAddress> addresses;
    for (const auto& address : {endpoint.address, endpoint.address6})
      if (address) addresses.push_back(*address);
    return addresses;
  }

  // Those that it listens on, where the VRF of their interface is in reach.
  std::vector<IpAddress> addresses_of(const PublishedService& service) const {
    std::vector<IpAddress> addresses;
    for (const auto& listen : service.listen)
      for (const Interface& interface : document_.interfaces) {
        if (!vrfs_.contains(interface.vrf)) continue;
        for (const InterfaceAddress& own : interface.addresses)
          if (listen == decltype(listen)(own.address) || listen == decltype(listen)(interface.name))
            addresses.push_back(own.address);
      }
    return addresses;
  }

  const Document& document_;
  const std::set<std::string> vrfs_;
};

}   // namespace

std::optional<std::string> host_name(std::string_view text) {
  std::string name(text);
  std::ranges::transform(name, name.begin(), in_lower_case);
  if (name.size() > kLongestHostName) return std::nullopt;
  const auto labels = split(name, '.');
  return std::ranges::all_of(labels, is_label) ? std::optional(std::move(name)) : std::nullopt;
}

std::vector<NamedAddresses> names_of_zone(const Document& document, const std::string& zone) {
  std::vector<NamedAddresses> names;
  for (const Zone& own : document.zones)
    if (own.name == zone)
      for (const auto& [name, addresses] : own.names) names.push_back({name, addresses});
  for (const auto& [name, addresses] : document.names) names.push_back({name, addresses});
  for (NamedAddresses& thing : ThingNames(document, vrfs_in_reach(document, zone)).all())
    names.push_back(std::move(thing));
  return names;
}

}   // namespace sluice
