// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/block_owner.hpp"

#include <algorithm>
#include <optional>

#include "model/port_blocks.hpp"

namespace sluice {
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
