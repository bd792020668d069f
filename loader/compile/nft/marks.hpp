// SPDX-License-Identifier: GPL-2.0-or-later
// How the nftables engine marks flows (32 bits of ct mark) and packets.
#pragma once

#include <compare>
#include <cstdint>

#include "maps/layout.h"

namespace sluice {

// Of the flows that it admitted. A packet is passed only when
// the mark of its flow, and the interfaces that it comes from and goes to, are those of a flow that the rules
// in force allow. Mark 0: not judged yet, or not sluice's.

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

// Of a TCP flow whose backend carries no more, whatever its pair: no rules admit it, and no packet of it
// passes. Who sends is told so by a reset.
inline constexpr uint32_t kMarkOver = kMarkObjects;
inline constexpr uint32_t kMarkOfPair = kMarkPairs << kMarkObjectBits;
constexpr uint32_t over(uint32_t mark) { return (mark & kMarkOfPair) | kMarkOver; }
constexpr bool is_over(uint32_t mark) { return (mark & ~kMarkOfPair) == kMarkOver; }

// Any but the one in force: the next packet of either direction is judged.
constexpr uint8_t earlier_generation(uint8_t generation) {
  return static_cast<uint8_t>((generation + kMarkGenerations - 2) % kMarkGenerations + 1);
}

// Of the rules that come after these.
constexpr uint8_t later_generation(uint8_t generation) {
  return static_cast<uint8_t>(generation % kMarkGenerations + 1);
}

// The marks of packets under the nftables engine, where the document has VRFs: what the kernel's rules choose
// the table by. The kernel's errors about a packet carry its mark as well ("fwmark_reflect"), and must go
// back to the VRF that it came from; so a packet that changes VRFs has a mark that says both.

inline constexpr uint32_t kIntoMain = 0x51cf0000, kOutOfMain = 0x51d00000;   // | the other VRF

// In the main VRF packets keep to the rules that everybody's packets keep to.
constexpr uint32_t vrf_mark(uint16_t vrf) { return vrf == SL_MAIN_VRF ? 0 : SL_VRF_MARK(vrf); }

// Of a packet that came in at one VRF, and goes on in another. Between two that are not the main one it says
// only where to.
constexpr uint32_t way_mark(uint16_t at, uint16_t to) {
  if (at == to) return vrf_mark(at);
  if (to == SL_MAIN_VRF) return kIntoMain | at;
  return at == SL_MAIN_VRF ? kOutOfMain | to : vrf_mark(to);
}

}   // namespace sluice
