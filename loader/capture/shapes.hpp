// SPDX-License-Identifier: GPL-2.0-or-later
// The shapes in which a packet was on its way: as it came, out of its tunnel, as it left.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "capture/order.hpp"
#include "capture/pcapng.hpp"
#include "capture/record.hpp"

namespace sluice {

struct CapturedShape {
  uint32_t device = 0;
  pcapng::LinkType link = pcapng::LinkType::kEthernet;
  std::span<const std::byte> bytes;
  uint32_t length = 0;
  pcapng::Direction direction = pcapng::Direction::kIn;
  uint64_t time = 0;   // CLOCK_MONOTONIC, nanoseconds
};

// In the order in which it had them; in place of what `shapes` holds.
void find_shapes(const CapturedPacket& packet, const CaptureNames& names, std::vector<CapturedShape>& shapes);

}   // namespace sluice
