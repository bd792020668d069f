// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/port_blocks.hpp"

#include <algorithm>
#include <optional>

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

namespace {

// Counted over the ranges of its family, as the packet path does.
std::optional<uint64_t> place_in_pool(const Masquerade& masquerade, const IpAddress& outside) {
  uint64_t before = 0;
  for (const AddressRange& range : masquerade.addresses) {
    if (range.first.family() != outside.family()) continue;
    if (range.contains(outside)) return before + AddressRange{range.first, outside}.size() - 1;
    before += range.size();
  }
  return std::nullopt;
}

std::optional<BlockOwner> owner_of(const Masquerade& masquerade, const IpAddress& outside, uint16_t port) {
  const auto place = place_in_pool(masquerade, outside);
  const Prefix& inside = masquerade.deterministic->inside;
  if (!place || inside.address.family() != outside.family() || !masquerade.ports.contains(port))
    return std::nullopt;
  const PortBlocks blocks = port_blocks(masquerade);
  const uint32_t block = (port - masquerade.ports.first) / std::max(blocks.ports_per_host, 1u);
  const uint64_t host = *place * blocks.hosts_per_address + block;
  if (block >= blocks.hosts_per_address || host >= blocks.hosts) return std::nullopt;
  const auto first = static_cast<uint16_t>(masquerade.ports.first + block * blocks.ports_per_host);
  const auto last = static_cast<uint16_t>(first + blocks.ports_per_host - 1);
  return BlockOwner{masquerade.name, inside.address.plus(host), {first, last}};
}

}   // namespace

std::vector<BlockOwner> owners_of(const Document& document, const IpAddress& outside, uint16_t port) {
  std::vector<BlockOwner> owners;
  for (const Masquerade& masquerade : document.masquerades) {
    if (!masquerade.deterministic) continue;
    if (auto owner = owner_of(masquerade, outside, port)) owners.push_back(std::move(*owner));
  }
  return owners;
}

}   // namespace sluice
