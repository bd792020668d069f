// SPDX-License-Identifier: GPL-2.0-or-later
// Messages of PCP (RFC 6887) and of NAT-PMP (RFC 6886), which share a port: the first byte tells them apart.
// Numbers in messages are in network byte order.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/address.hpp"

namespace sluice::pcp {

using Bytes = std::vector<uint8_t>;
using BytesView = std::span<const uint8_t>;

inline constexpr uint8_t kPcpVersion = 2;         // of PCP; NAT-PMP is 0
inline constexpr size_t kLongestMessage = 1100;   // RFC 6887 section 7

// RFC 6887 section 7.4. NAT-PMP has some of them, by other numbers.
enum class Code : uint8_t {
  kSuccess = 0,
  kUnsupportedVersion = 1,
  kNotAuthorized = 2,
  kMalformedRequest = 3,
  kUnsupportedOpcode = 4,
  kUnsupportedOption = 5,
  kMalformedOption = 6,
  kNetworkFailure = 7,
  kNoResources = 8,
  kUnsupportedProtocol = 9,
  kQuota = 10,
  kCannotProvide = 11,
  kAddressMismatch = 12,
};

enum class Kind : uint8_t { kAnnounce, kAddress, kMap };   // the second: the public address, of NAT-PMP alone

struct Request {
  Kind kind = Kind::kAnnounce;
  bool is_nat_pmp = false;
  uint8_t opcode = 0;
  uint32_t life = 0;                 // seconds; 0: the mapping is to end
  IpAddress client;                  // as it says itself; not of NAT-PMP
  std::array<uint8_t, 12> nonce{};   // not of NAT-PMP
  uint8_t protocol = 0;
  uint16_t inner = 0, wanted = 0;         // ports; 0: all, any
  IpAddress wanted_address;               // not of NAT-PMP; unspecified: any
  std::optional<IpAddress> third_party;   // whose port is meant; none: the client's
  bool exactly = false;                   // PREFER_FAILURE
  Bytes message;                          // that it was read from
};

// Why there is no request, and what to say of that. Nothing: nothing is to be said.
using Refusal = std::optional<Code>;
std::expected<Request, Refusal> read_request(BytesView message);

struct Outcome {
  uint16_t port = 0;   // outside
  IpAddress address;   // the same
  uint32_t life = 0;   // seconds
};

// `epoch`: seconds since when nothing was lost.
Bytes write_answer(const Request& request, const Outcome& outcome, uint32_t epoch);
// Of a message that has two bytes at least, for a code that is none of success.
Bytes write_error(BytesView message, Code code, uint32_t epoch);
// That the epoch is another one: to whom nobody asked. The second is NAT-PMP's, with the public address.
Bytes write_announcement(uint32_t epoch);
Bytes write_announcement(uint32_t epoch, const IpAddress& outside);

}   // namespace sluice::pcp
