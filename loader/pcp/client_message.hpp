// SPDX-License-Identifier: GPL-2.0-or-later
// The other side of message.hpp: what is asked of a router, and what it answers or tells by itself.
#pragma once

#include <optional>

#include "pcp/message.hpp"

namespace sluice::pcp {

using Nonce = std::array<uint8_t, 12>;

// A UDP port of ours. PCP has all of it, NAT-PMP the numbers alone.
struct PortWish {
  IpAddress client;                 // ours
  Nonce nonce{};                    // whose mapping it is
  uint16_t inner = 0, wanted = 0;   // ports; the second: outside, a wish
  uint32_t life = 0;                // seconds; 0: the mapping is to end
};

Bytes write_pcp_request(const PortWish& wish);
Bytes write_nat_pmp_request(const PortWish& wish);
Bytes write_nat_pmp_address_request();

struct Answer {
  bool is_nat_pmp = false;
  Kind kind = Kind::kAnnounce;
  Code code = Code::kSuccess;
  uint32_t epoch = 0;   // seconds since the router lost nothing
  // Of a mapping; of one that was refused the life says for how long nobody needs to ask again (PCP).
  uint32_t life = 0;
  Nonce nonce{};
  uint8_t protocol = 0;
  uint16_t inner = 0, port = 0;   // the second: outside
  IpAddress address;              // outside; of a mapping of NAT-PMP none
};

// None: it is no answer. One of a router that knows NAT-PMP alone to a request of PCP is one of NAT-PMP, with
// kUnsupportedVersion.
std::optional<Answer> read_answer(BytesView message);

// Why a router gave nothing, for people.
std::string_view reason_of(Code code);

std::optional<Nonce> parse_nonce(std::string_view hex);

}   // namespace sluice::pcp
