// SPDX-License-Identifier: GPL-2.0-or-later
// To whom the packet path's events are told by IPFIX (RFC 8158), and what became of them. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/address.hpp"

namespace sluice {

inline constexpr uint16_t kIpfixPort = 4739;
inline constexpr size_t kMostCollectors = 8;

enum class CollectorProtocol : uint8_t { kUdp, kTcp };

struct Collector {
  std::string name;
  Endpoint to;   // by the main VRF
  CollectorProtocol protocol = CollectorProtocol::kUdp;
  bool operator==(const Collector&) const = default;
};

struct NatLog {
  std::vector<Collector> collectors;   // one at least
  uint32_t domain = 1;                 // Observation Domain of RFC 7011
  bool journal = true;                 // mappings go to the journal as well
  int line = 0;
  bool operator==(const NatLog&) const = default;
};

// Since the daemon began.
struct CollectorNews {
  std::string name;
  uint64_t sent = 0;     // events that were handed to the network
  uint64_t lost = 0;     // that are known not to have arrived
  std::string trouble;   // a sentence; empty: none is known
  bool operator==(const CollectorNews&) const = default;
};

}   // namespace sluice
