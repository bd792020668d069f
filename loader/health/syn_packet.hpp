// SPDX-License-Identifier: GPL-2.0-or-later
// The packets of half-open checks: a SYN that asks (RFC 9293 section 3.5), and what answers it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/address.hpp"

namespace sluice {

// A packet of IP whole, as raw sockets that bring the header themselves send it; of one family. `number` is
// the sequence number.
std::vector<uint8_t> syn_packet(const Endpoint& from, const Endpoint& to, uint32_t number);

struct SynAnswer {
  Endpoint from;
  uint16_t to_port = 0;
  uint32_t number = 0;    // of the SYN that is acknowledged
  bool refuses = false;   // by a reset
  bool operator==(const SynAnswer&) const = default;
};

// Of a packet of IPv4, as a raw socket of IPv4 reads it; nothing: it answers no SYN. The checksum of TCP is
// not looked at: of what a neighbour on the same machine has sent there is none yet.
std::optional<SynAnswer> read_answer(std::span<const uint8_t> packet);
// Of a segment that `from` has sent, as raw sockets of IPv6 read it.
std::optional<SynAnswer> read_answer(const IpAddress& from, std::span<const uint8_t> segment);

// The SYN that an error of ICMP quotes: the first eight bytes of a segment. `from`, `to`: as it was sent.
struct QuotedSyn {
  uint16_t from_port = 0, to_port = 0;
  uint32_t number = 0;
};
std::optional<QuotedSyn> read_quote(std::span<const uint8_t> segment);

// The numbers of checks. Their low bits are made of the target's address by a secret, so that a socket filter
// knows who makes numbers up (syn_filter.hpp); what is above them is chance.
class SynNumbers {
 public:
  SynNumbers(uint32_t factor, uint32_t mask) : factor_(factor | 1), mask_(mask) {}

  static constexpr int kTagBits = 8;
  uint8_t tag_of(const IpAddress& target) const;
  // Behind `before`, as TCP wants it of who begins again from the same port (RFC 9293 section 3.4.1), by at
  // most a quarter of all there are.
  uint32_t next(const IpAddress& target, uint32_t before, uint32_t chance) const;

  uint32_t factor() const { return factor_; }
  uint32_t mask() const { return mask_; }

 private:
  uint32_t factor_, mask_;
};

}   // namespace sluice
