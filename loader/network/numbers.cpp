// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/fnv.hpp"
#include "model/mapping_request.hpp"
#include "model/tunnel_ports.hpp"

namespace sluice {
namespace {

constexpr uint32_t kFirstVcid = 10'000'000, kLastVcid = 99'999'999;
constexpr uint32_t kFirstTable = 20'000, kLastTable = 29'999;

// Where the search for a VCID begins: the same on every machine.
uint32_t first_vcid(const std::string& network) {
  return kFirstVcid + fnv(kFnvStart, network.data(), network.size()) % (kLastVcid - kFirstVcid + 1);
}

}   // namespace

std::vector<NumberKind> number_kinds(const WireguardSettings& settings) {
  const PortRange ports = settings.ports;
  const auto first = [](uint32_t number) { return [number](const Network&) { return number; }; };
  return {{"vcid", "VCID", kFirstVcid, kLastVcid, [](const Network& n) { return n.vcid; },
           [](Network& n, uint32_t number) { n.vcid = number; },
           [](const Network& n) { return first_vcid(n.name); }},
          {"port", "port", ports.first, ports.last,
           [](const Network& n) { return std::optional<uint32_t>(n.port); },
           [](Network& n, uint32_t number) { n.port = static_cast<uint16_t>(number); }, first(ports.first)},
          {"table", "table", kFirstTable, kLastTable,
           [](const Network& n) { return std::optional<uint32_t>(n.table); },
           [](Network& n, uint32_t number) { n.table = static_cast<uint16_t>(number); }, first(kFirstTable)}};
}

// A lease gives way to a network.
std::map<uint32_t, std::string> ports_of_forwards(const Document& document) {
  const PortRange all = document.wireguard.ports;
  const auto elsewhere = interfaces_in_vrfs(document);
  std::map<uint32_t, std::string> ports;
  for (const Forward& forward : document.forwards) {
    if (is_of_lease(forward) || !takes_udp_of_gateway(forward, elsewhere)) continue;
    const std::string owner = fmt::format("\"{}\" (line {})", forward.name, forward.line);
    for (const PortRange& range : forward.ports)
      for (uint32_t port = std::max(range.first, all.first); port <= std::min(range.last, all.last); ++port)
        ports.emplace(port, owner);
  }
  return ports;
}

}   // namespace sluice
