// SPDX-License-Identifier: GPL-2.0-or-later
// A limit of the document, and its units.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/match.hpp"

namespace sluice {

// Per second: packets, or bits from the IP header on.
struct Rate {
  uint64_t amount = 0;
  bool packets = false;
  auto operator<=>(const Rate&) const = default;
};

enum class LimitDirection : uint8_t { kOriginal, kReply, kBoth };

// Who is told apart. Of addresses so many bits count; "source" is who began the flow, in both directions. An
// endpoint of a network has all its addresses and routes together (model/endpoints.hpp).
struct LimitKey {
  enum Kind : uint8_t { kRule, kSource, kDestination, kFlow, kVrf, kEndpoint } kind = kRule;
  int bits4 = 32, bits6 = 128;
  auto operator<=>(const LimitKey&) const = default;
};

struct Limit {
  std::string name;
  std::vector<std::string> from, to;     // zones, "host" allowed; empty: any
  std::vector<std::string> interfaces;   // that the flow's first packet came in by; empty: any
  AddressMatch source, destination;      // as policies see them
  std::vector<uint8_t> protocols;        // empty: any
  std::vector<PortRange> ports;          // destination ports; empty: any
  std::optional<std::string> forward;    // only what this forward admitted
  LimitDirection direction = LimitDirection::kOriginal;
  LimitKey key;
  Rate rate;
  std::optional<uint64_t> burst;   // packets or bytes, as the rate; none: see burst_of()
  std::optional<uint8_t> dscp;     // what exceeds is marked with it; none: dropped
  int line = 0;
};

// Of packets a tenth of a second, at least one. Of bits three tenths, because TCP that lost the last of its
// packets waits for two (RFC 6298); at least what a device may merge into one.
inline constexpr uint64_t kLargestPacket = 65'536;
uint64_t burst_of(const Limit& limit);
inline uint64_t bytes_per_second(const Rate& rate) { return rate.amount / 8; }

// As the document spells them: "20000pps", "50mbit"; "source/24/64".
std::string to_string(const Rate& rate);
inline std::string bits_to_string(uint64_t bits) { return to_string(Rate{bits, false}); }
std::string to_string(const LimitKey& key);
std::optional<Rate> parse_rate(std::string_view text);
std::optional<LimitKey> parse_limit_key(std::string_view text);
// "40000p" with `packets`, otherwise "62500B", "64kB", "1MB".
std::optional<uint64_t> parse_burst(std::string_view text, bool packets);
std::string burst_to_string(const Limit& limit);

// Of zones and interfaces: none is any.
inline bool names(const std::vector<std::string>& list, std::string_view name) {
  return list.empty() || std::ranges::find(list, name) != list.end();
}

inline bool goes(const Limit& limit, LimitDirection direction) {
  return limit.direction == LimitDirection::kBoth || limit.direction == direction;
}

}   // namespace sluice
