// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/numbers.hpp"

namespace sluice {
namespace {

constexpr uint32_t kFirstVcid = 10'000'000, kLastVcid = 99'999'999;
constexpr uint32_t kFirstTable = 20'000, kLastTable = 29'999;

// A hash that is the same on every machine (FNV-1a): where the search for a VCID begins.
uint32_t place_of(std::string_view name) {
  uint32_t hash = 2'166'136'261u;
  for (const unsigned char letter : name) hash = (hash ^ letter) * 16'777'619u;
  return hash;
}

}   // namespace

std::vector<NumberKind> number_kinds(const WireguardSettings& settings) {
  const PortRange ports = settings.ports;
  const auto first = [](uint32_t number) { return [number](const Network&) { return number; }; };
  return {{"vcid", "VCID", kFirstVcid, kLastVcid, [](const Network& n) { return n.vcid; },
           [](Network& n, uint32_t number) { n.vcid = number; },
           [](const Network& n) { return kFirstVcid + place_of(n.name) % (kLastVcid - kFirstVcid + 1); }},
          {"port", "port", ports.first, ports.last,
           [](const Network& n) { return std::optional<uint32_t>(n.port); },
           [](Network& n, uint32_t number) { n.port = static_cast<uint16_t>(number); }, first(ports.first)},
          {"table", "table", kFirstTable, kLastTable,
           [](const Network& n) { return std::optional<uint32_t>(n.table); },
           [](Network& n, uint32_t number) { n.table = static_cast<uint16_t>(number); }, first(kFirstTable)}};
}

}   // namespace sluice
