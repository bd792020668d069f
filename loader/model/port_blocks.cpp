// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/port_blocks.hpp"

#include <algorithm>

namespace sluice {
namespace {

// More than any pool has addresses: no block fits, and sums of a few stay in range.
constexpr uint64_t kMany = uint64_t{1} << 40;

uint64_t count(const AddressRange& range) { return std::min(range.size(), kMany); }

uint64_t addresses_of(const Masquerade& masquerade, Family family) {
  uint64_t sum = 0;
  for (const AddressRange& range : masquerade.addresses)
    if (range.first.family() == family) sum = std::min(sum + count(range), kMany);
  return sum;
}

}   // namespace

PortBlocks port_blocks(const Masquerade& masquerade) {
  const Prefix& inside = masquerade.deterministic->inside;
  PortBlocks blocks{.hosts = count({inside.address, inside.last()}),
                    .addresses = addresses_of(masquerade, inside.address.family())};
  if (blocks.addresses == 0) return blocks;
  blocks.hosts_per_address = (blocks.hosts + blocks.addresses - 1) / blocks.addresses;
  blocks.most = static_cast<uint32_t>(masquerade.ports.size() / blocks.hosts_per_address);
  const uint32_t wanted = masquerade.deterministic->ports_per_host;
  blocks.ports_per_host = wanted ? wanted : blocks.most;
  return blocks;
}

}   // namespace sluice
