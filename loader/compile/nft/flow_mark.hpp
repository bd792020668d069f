// SPDX-License-Identifier: GPL-2.0-or-later
// How the nftables engine uses the 32-bit ct mark of the flows that it admitted. A packet is passed only when
// the mark of its flow, and the interfaces that it comes from and goes to, are those of a flow that the rules
// in force allow. Mark 0: not judged yet, or not sluice's.
#pragma once

#include <compare>
#include <cstdint>

namespace sluice {

// Zones by number (0: the gateway) between which anything can pass. Pairs are numbered from 1.
struct ZonePair {
  uint16_t from = 0, to = 0;
  auto operator<=>(const ZonePair&) const = default;
};

struct NftMark {
  uint8_t generation = 0;   // of the rules that admitted the flow, 1..15
  uint16_t pair = 0;        // 1..1023
  uint32_t object = 0;      // number of the policy or forward that admitted it; 0: the default of its zones
  auto operator<=>(const NftMark&) const = default;
};

inline constexpr uint32_t kMarkObjectBits = 18, kMarkPairBits = 10;
inline constexpr uint32_t kMarkObjects = (1u << kMarkObjectBits) - 1;
inline constexpr uint32_t kMarkPairs = (1u << kMarkPairBits) - 1;
inline constexpr uint32_t kMarkGenerations = 15;
// The part that says whether a packet may pass: generation and pair.
inline constexpr uint32_t kMarkAdmission = ~kMarkObjects;

constexpr uint32_t pack(const NftMark& m) {
  return uint32_t{m.generation} << (kMarkObjectBits + kMarkPairBits) | uint32_t{m.pair} << kMarkObjectBits |
         m.object;
}

constexpr NftMark unpack(uint32_t mark) {
  return {static_cast<uint8_t>(mark >> (kMarkObjectBits + kMarkPairBits)),
          static_cast<uint16_t>(mark >> kMarkObjectBits & kMarkPairs), mark & kMarkObjects};
}

// Any but the one in force: the next packet of either direction is judged.
constexpr uint8_t earlier_generation(uint8_t generation) {
  return static_cast<uint8_t>((generation + kMarkGenerations - 2) % kMarkGenerations + 1);
}

}   // namespace sluice
