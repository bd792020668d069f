// SPDX-License-Identifier: GPL-2.0-or-later
// What whoever resolves is told: whom it serves, where, and the names that it knows by itself.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "model/document.hpp"

namespace sluice {

// Below these are names of the document's own things, which nobody else is ever asked about.
inline constexpr std::string_view kServiceNames = "services.internal", kEndpointNames = "endpoints.internal";

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
  bool operator==(const ServedZone&) const = default;
};

// All that whoever resolves is told.
struct ResolverOrder {
  ResolverSettings settings;
  std::vector<ServedZone> zones;
  bool operator==(const ResolverOrder&) const = default;
};

// What a zone is told of: its own names, those of the document, and those of services and endpoints that lie
// in its VRF or in one that routes of its VRF lead through.
std::vector<NamedAddresses> names_of_zone(const Document& document, const std::string& zone);

}   // namespace sluice
