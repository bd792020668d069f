// SPDX-License-Identifier: GPL-2.0-or-later
// What follows from what routers and STUN servers say of one port: the NATs on the way, and whether strangers
// get through. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "model/reach_order.hpp"

namespace sluice {

struct NatLayer {
  std::optional<IpAddress> outside;   // none: it is there, and nobody tells its address
  bool is_carrier = false;
  NatBehaviour mapping = NatBehaviour::kUnknown, filtering = NatBehaviour::kUnknown;
  std::optional<AskedBy> mapped_by;   // none: it was not asked, or gave nothing
};

// Nearest first. How NATs behave is known of all of them together, and stands with the last one.
std::vector<NatLayer> layers_of(const std::optional<IpAddress>& local, const PortNews& news);

// "no NAT", "NAT", "double NAT", "carrier-grade NAT"
std::string_view summary_of(const std::vector<NatLayer>& layers);

// What a new peer is to dial. Nothing: no stranger gets through, as far as it is known.
std::optional<Endpoint> direct_place(const PortNews& news);

// Where the port is to be looked for from outside, also while nobody knows whether strangers get through.
// Nothing: it is not known.
std::optional<Endpoint> likely_place(const PortNews& news);

}   // namespace sluice
