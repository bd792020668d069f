// SPDX-License-Identifier: GPL-2.0-or-later
// What the packet path reports by itself, as a plain value. No destination (RFC 6888 REQ-12).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "model/address.hpp"

namespace sluice {

enum class EventKind : uint8_t {
  kMappingMade = 1,
  kMappingEnded,
  kPortsExhausted,   // `inside` is who asked for one
  kHostMappings,     // the inside host has as many mappings as it may have
  kHostFlows,
  kTableFull,        // the flow table
  kHalfOpenFull,     // as many flows that wait for an answer as there may be
  kMappingsFull,     // the mapping table
  kTargetHalfOpen,   // `inside` is where a forward leads, with as many half-open connections as that allows
};

// An inside host and how many mappings it has.
struct HostUse {
  IpAddress inside;
  uint32_t mappings = 0;
};

struct NatEvent {
  EventKind kind{};
  uint8_t protocol = 0;
  uint16_t vrf = 0;
  IpAddress inside, outside;
  uint16_t inside_port = 0, outside_port = 0;   // or ICMP ids; 0: none
  uint32_t rule_number = 0;                     // of the masquerade; 0: none
  std::string rule;                             // its name
  std::string endpoint;          // of a network that `inside` belongs to: "home/phone"; empty: none
  uint32_t count = 0;            // of the limit in use, where there is one
  std::optional<HostUse> most;   // ports exhausted: who has most mappings of the rule
  std::chrono::system_clock::time_point time;
};

}   // namespace sluice
