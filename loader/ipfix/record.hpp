// SPDX-License-Identifier: GPL-2.0-or-later
// An event of translation as the daemon hands it to the process that tells collectors: bytes as they lie in
// the memory of this machine. No destination (RFC 6888 REQ-12).
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

namespace sluice {

// natEvent (RFC 8158 section 4.2.2), as far as this gateway has them.
enum class NatEventNumber : uint8_t {
  kAddressesExhausted = 3,
  kBibMade = 8,   // NAT44, and IPv6 to IPv6, for which there is no number
  kBibEnded = 9,
  kPortsExhausted = 12,
  kQuotaExceeded = 13,
};

// natQuotaExceededEvent (section 4.2.3).
enum class QuotaNumber : uint8_t { kNone = 0, kSessions = 1, kBibs = 2, kOfHost = 3 };

struct NatRecord {
  uint64_t time;                                 // milliseconds since 1970
  std::array<uint8_t, 16> inside{}, outside{};   // IPv4 as IPv4-mapped
  uint32_t vrf = 0;                              // of the inside: the number of its table, 0 the main one
  uint32_t pool = 0;                             // number of the masquerade
  uint32_t limit = 0;                            // that was reached
  uint16_t inside_port = 0, outside_port = 0;
  NatEventNumber event{};
  QuotaNumber quota = QuotaNumber::kNone;
  uint8_t protocol = 0;
  uint8_t unused[5] = {};
};
static_assert(sizeof(NatRecord) == 64 && std::is_trivially_copyable_v<NatRecord> &&
              std::has_unique_object_representations_v<NatRecord>);

}   // namespace sluice
