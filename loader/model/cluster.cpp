// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/cluster.hpp"

#include <iterator>

#include "base/fnv.hpp"
#include "model/carrying.hpp"
#include "model/document.hpp"

namespace sluice {

InterfaceAddress router_address(const MovingAddresses& moving) {
  constexpr uint8_t kLinkLocal = 64, kAlone = 32;
  if (moving.own && moving.own->is_ipv4()) return {IpAddress::parse("169.254.0.0")->plus(moving.id), kAlone};
  return {IpAddress::parse("fe80::200:5eff:fe00:200")->plus(moving.id), kLinkLocal};
}

NodePart part_of(const Cluster& cluster) {
  const auto own = cluster.nodes.find(cluster.node);
  const size_t count = cluster.nodes.size();
  if (!cluster.addresses || own == cluster.nodes.end() || count > UINT8_MAX) return {};
  return {static_cast<uint8_t>(std::distance(cluster.nodes.begin(), own)), static_cast<uint8_t>(count)};
}

namespace {

// Devices by their shared names.
std::map<std::string, std::string> devices_of_nodes(const Document& document) {
  const auto node = document.cluster->nodes.find(document.cluster->node);
  const auto shared_name = [&](const std::string& device) {
    if (node != document.cluster->nodes.end())
      for (const auto& [shared, own] : node->second)
        if (own.device == device) return shared;
    return device;
  };
  std::map<std::string, std::string> devices;
  for (const Interface& interface : document.interfaces)
    devices.emplace(shared_name(interface.name), interface.name);
  return devices;
}

}   // namespace

uint16_t hash_of_numbers(const Document& document) {
  uint64_t hash = kFnvStart;
  for (const auto& [shared, device] : devices_of_nodes(document))
    hash = fnv(hash, shared.c_str(), shared.size() + 1);
  return static_cast<uint16_t>(hash ^ (hash >> 16) ^ (hash >> 32) ^ (hash >> 48));
}

uint8_t number_of_interface(const Document& document, std::string_view name) {
  if (!all_carry(document.cluster)) return 0;
  uint8_t number = 0;
  for (const auto& [shared, device] : devices_of_nodes(document)) {
    ++number;
    if (device == name) return number;
  }
  return 0;
}

// As bpf/nat/port_range.h does it.
PortRange part_of(const PortRange& ports, NodePart part) {
  if (part.of < 2 || ports.size() < part.of) return ports;
  const uint32_t size = ports.size() / part.of;
  const uint32_t first = ports.first + part.number * size;
  return {static_cast<uint16_t>(first), static_cast<uint16_t>(first + size - 1)};
}

}   // namespace sluice
