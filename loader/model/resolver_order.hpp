// SPDX-License-Identifier: GPL-2.0-or-later
// What whoever resolves is told: whom it serves, where, and the names that it knows by itself.
#pragma once

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/document.hpp"

namespace sluice {

// Below these are names of the document's own things, which nobody else is ever asked about.
inline constexpr std::string_view kServiceNames = "services.internal", kEndpointNames = "endpoints.internal",
                                  kPodNames = "pods.internal", kContainerNames = "containers.internal";

struct NamedAddresses {
  std::string name;
  std::vector<IpAddress> addresses;
  bool operator==(const NamedAddresses&) const = default;
};

// Where a zone is served: an address of the gateway, on the device that questions come in by.
struct ListenPlace {
  IpAddress address;
  std::string device;
  auto operator<=>(const ListenPlace&) const = default;
};

struct ServedZone {
  std::string name;
  std::vector<ListenPlace> places;
  std::vector<NamedAddresses> names;   // the first that has a name or an address counts
  // Names whose addresses a look-up opens (model/domains.hpp). Where there are some, addresses that are not
  // of the internet are taken out of what others answer.
  std::vector<std::string> domains;
  // Addresses that are not of the internet are taken out also where there are none, and what a client looks
  // up is open for that client alone: a zone of strangers.
  bool strangers = false;
  bool operator==(const ServedZone&) const = default;
};

// All that whoever resolves is told.
struct ResolverOrder {
  ResolverSettings settings;
  std::vector<ServedZone> zones;
  std::vector<IpAddress> own;   // all addresses of this machine
  bool operator==(const ResolverOrder&) const = default;
};

// What a host of the zone was about to be told: the name that it asked for, with the addresses of the answer
// and how long they live.
struct LookUp {
  std::string zone, name;
  std::vector<std::pair<IpAddress, std::chrono::seconds>> addresses;
  std::optional<IpAddress> client;   // in a zone of strangers
  bool operator==(const LookUp&) const = default;
};

// What a zone is told of: its own names, those of the document, and those of services, endpoints, pods and
// containers that lie in its VRF or in one that routes of its VRF lead through.
std::vector<NamedAddresses> names_of_zone(const Document& document, const std::string& zone);

}   // namespace sluice
