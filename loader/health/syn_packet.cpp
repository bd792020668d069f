// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/syn_packet.hpp"

#include <netinet/in.h>

#include <cstring>

#include "base/checksum.hpp"

namespace sluice {
namespace {

constexpr size_t kHeader4 = 20, kHeader6 = 40, kTcpHeader = 20, kSyn = 24, kQuote = 8;
constexpr uint8_t kTimeToLive = 64, kFlagSyn = 0x02, kFlagRst = 0x04, kFlagAck = 0x10;
// What one who would go on could take: the usual ones of Ethernet.
constexpr uint16_t kMss4 = 1460, kMss6 = 1440, kWindow = 64240;

using Bytes = std::vector<uint8_t>;

void put16(Bytes& bytes, uint16_t value) {
  bytes.push_back(static_cast<uint8_t>(value >> 8));
  bytes.push_back(static_cast<uint8_t>(value));
}

void put32(Bytes& bytes, uint32_t value) {
  put16(bytes, static_cast<uint16_t>(value >> 16));
  put16(bytes, static_cast<uint16_t>(value));
}

void put(Bytes& bytes, const IpAddress& address) {
  bytes.insert(bytes.end(), address.bytes().begin() + (address.is_ipv4() ? 12 : 0), address.bytes().end());
}

uint16_t get16(std::span<const uint8_t> bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

uint32_t get32(std::span<const uint8_t> bytes, size_t at) {
  return uint32_t{get16(bytes, at)} << 16 | get16(bytes, at + 2);
}

// The kernel writes the header's checksum and id.
void put_header4(Bytes& bytes, const IpAddress& from, const IpAddress& to) {
  put16(bytes, 0x4500);
  put16(bytes, kHeader4 + kSyn);
  put16(bytes, 0);
  put16(bytes, 0x4000);   // not to be cut into pieces
  bytes.insert(bytes.end(), {kTimeToLive, IPPROTO_TCP, 0, 0});
  put(bytes, from);
  put(bytes, to);
}

void put_header6(Bytes& bytes, const IpAddress& from, const IpAddress& to) {
  put32(bytes, 0x60000000);
  put16(bytes, kSyn);
  bytes.insert(bytes.end(), {IPPROTO_TCP, kTimeToLive});
  put(bytes, from);
  put(bytes, to);
}

void put_syn(Bytes& bytes, uint16_t from, uint16_t to, uint32_t number, uint16_t mss) {
  put16(bytes, from);
  put16(bytes, to);
  put32(bytes, number);
  put32(bytes, 0);
  bytes.insert(bytes.end(), {kSyn / 4 << 4, kFlagSyn});
  put16(bytes, kWindow);
  put32(bytes, 0);   // checksum, urgent pointer
  bytes.insert(bytes.end(), {2, 4});
  put16(bytes, mss);
}

// Over the addresses, the protocol and the length as well (RFC 9293 section 3.1, RFC 8200 section 8.1).
uint16_t checksum_of(std::span<const uint8_t> syn, const IpAddress& from, const IpAddress& to) {
  Bytes covered;
  covered.reserve(64);
  put(covered, from);
  put(covered, to);
  put16(covered, IPPROTO_TCP);
  put16(covered, kSyn);
  covered.insert(covered.end(), syn.begin(), syn.end());
  return internet_checksum(covered.data(), covered.size());
}

}   // namespace

std::vector<uint8_t> syn_packet(const Endpoint& from, const Endpoint& to, uint32_t number) {
  const bool is_ipv4 = to.address.is_ipv4();
  Bytes bytes;
  bytes.reserve(kHeader6 + kSyn);
  is_ipv4 ? put_header4(bytes, from.address, to.address) : put_header6(bytes, from.address, to.address);
  const size_t at = bytes.size();
  put_syn(bytes, from.port, to.port, number, is_ipv4 ? kMss4 : kMss6);
  const uint16_t checksum = checksum_of(std::span(bytes).subspan(at), from.address, to.address);
  std::memcpy(bytes.data() + at + 16, &checksum, sizeof(checksum));
  return bytes;
}

std::optional<SynAnswer> read_answer(const IpAddress& from, std::span<const uint8_t> segment) {
  if (segment.size() < kTcpHeader) return std::nullopt;
  const uint8_t flags = segment[13] & (kFlagSyn | kFlagRst | kFlagAck);
  if (flags != (kFlagSyn | kFlagAck) && flags != (kFlagRst | kFlagAck)) return std::nullopt;
  return SynAnswer{.from = {from, get16(segment, 0)},
                   .to_port = get16(segment, 2),
                   .number = get32(segment, 8) - 1,
                   .refuses = (flags & kFlagRst) != 0};
}

std::optional<SynAnswer> read_answer(std::span<const uint8_t> packet) {
  if (packet.size() < kHeader4 || packet[0] >> 4 != 4 || packet[9] != IPPROTO_TCP) return std::nullopt;
  const size_t header = size_t{packet[0] & 0xfu} * 4;
  if (header < kHeader4 || header > packet.size()) return std::nullopt;
  return read_answer(IpAddress::from_ipv4(get32(packet, 12)), packet.subspan(header));
}

std::optional<QuotedSyn> read_quote(std::span<const uint8_t> segment) {
  if (segment.size() < kQuote) return std::nullopt;
  return QuotedSyn{get16(segment, 0), get16(segment, 2), get32(segment, 4)};
}

uint8_t SynNumbers::tag_of(const IpAddress& target) const {
  const uint32_t low = get32(target.bytes(), 12);
  return static_cast<uint8_t>(((low ^ mask_) * factor_) >> (32 - kTagBits));
}

uint32_t SynNumbers::next(const IpAddress& target, uint32_t before, uint32_t chance) const {
  const uint32_t step = 1 + (chance >> (kTagBits + 2));
  return ((before >> kTagBits) + step) << kTagBits | tag_of(target);
}

}   // namespace sluice
