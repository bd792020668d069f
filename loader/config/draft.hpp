// SPDX-License-Identifier: GPL-2.0-or-later
// A document between reading and accepting: values, the places where they are written, and the names
// that still have to be found.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "config/complaints.hpp"
#include "config/tree.hpp"
#include "model/document.hpp"

namespace sluice::config {

template <class T>
struct Placed {
  T value;
  const Node* node;   // the whole rule; for members of an object its value
};

struct ZoneName {
  std::string_view name;
  const Node* node;
  bool may_be_host;
};

// Of a set, an interface, a forward, a VRF.
struct UsedName {
  std::string_view name;
  const Node* node;
};

struct Draft {
  Draft(Complaints& complaints_, const NamedTexts& files_) : complaints(complaints_), files(files_) {}

  Complaints& complaints;
  const NamedTexts& files;   // that sets stand in
  EngineChoice engine = EngineChoice::kAuto;
  Timeouts timeouts;
  StateLimits tables;
  std::vector<Placed<Interface>> interfaces;
  std::vector<Placed<Interface>> bridged;   // those without a zone
  std::vector<Placed<Vrf>> vrfs;
  std::vector<Placed<Zone>> zones;   // the ones under "zones"
  std::vector<Placed<std::pair<std::string, std::vector<Prefix>>>> sets;
  std::vector<Placed<Policy>> policies;
  std::vector<Placed<Masquerade>> masquerades;
  std::vector<Placed<Nat64>> nat64;
  std::vector<Placed<StaticMapping>> static_mappings;
  std::vector<Placed<Forward>> forwards;   // those of services too, at the place of the service
  std::vector<Placed<ServiceUnderlay>> underlays;
  std::vector<Placed<PublishedService>> services;
  std::optional<Placed<Front>> front;
  std::vector<Placed<Site>> sites;
  std::vector<Placed<Limit>> limits;
  WireguardSettings wireguard;
  std::vector<Placed<Network>> networks;
  PodSettings pod_settings;
  std::vector<Placed<Pod>> pods;
  ResolverSettings resolver;
  NameTable names;
  std::optional<Placed<MappingRequests>> mapping_requests;
  std::optional<Placed<Relay>> relay;
  std::optional<Placed<Ssh>> ssh;
  std::optional<Placed<Reachability>> reachability;
  std::optional<Placed<MetricsListen>> metrics;
  std::optional<Placed<WebPage>> web;
  std::optional<NatLog> nat_log;
  std::optional<Placed<Cluster>> cluster;
  const Node* said_of_names = nullptr;   // the first key of these two
  std::vector<ZoneName> zone_names;
  std::vector<UsedName> set_names, interface_names, forward_names, vrf_names;
};

}   // namespace sluice::config
