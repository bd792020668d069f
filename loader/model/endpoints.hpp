// SPDX-License-Identifier: GPL-2.0-or-later
// Endpoints of networks, found by their names and by the addresses that packets carry.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/document.hpp"

namespace sluice {

// Of a document; both outlive it.
struct EndpointOfNetwork {
  const Network* network;
  const NetworkEndpoint* endpoint;
};

std::string full_name(const EndpointOfNetwork& one);   // "home/phone"

std::vector<EndpointOfNetwork> all_endpoints(const Document& document);
std::optional<EndpointOfNetwork> endpoint_called(const Document& document, std::string_view name);
// Whose own this address is, or who has it behind it. Of the VRF of this number; 0: the main one.
std::optional<EndpointOfNetwork> endpoint_at(const Document& document, uint16_t vrf,
                                             const IpAddress& address);
// The network that owns the device.
const Network* network_of_device(const Document& document, std::string_view device);

// Whose bucket a packet takes from under a limit by endpoints: that of who began the flow, or where only the
// other side is a network's, of whom it was begun with. kNone: the limit names zones that have no endpoints.
enum class EndpointSide : uint8_t { kNone, kSource, kDestination };
EndpointSide side_of(const Limit& limit, const Document& document);

}   // namespace sluice
