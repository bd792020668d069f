// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/ends.hpp"

#include <fmt/format.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

#include "base/protocol.hpp"

namespace sluice {
namespace {

constexpr size_t kHeader4 = 20, kHeader6 = 40, kPorts = 4, kVlanTag = 4;
constexpr size_t kTcpFlags = 13;
constexpr unsigned kSyn = 2, kAck = 16;
constexpr uint8_t kEchoRequest = 8, kEchoRequest6 = 128;
constexpr int kMostTags = 2;

uint32_t number_at(std::span<const std::byte> bytes, size_t at, size_t size) {
  uint32_t number = 0;
  for (size_t i = 0; i < size; ++i) number = number << 8 | std::to_integer<uint32_t>(bytes[at + i]);
  return number;
}

IpAddress address6_at(std::span<const std::byte> bytes, size_t at) {
  std::array<uint8_t, 16> address{};
  std::memcpy(address.data(), &bytes[at], address.size());
  return IpAddress::from_bytes(address);
}

void read_ports(std::span<const std::byte> bytes, PacketEnds& ends) {
  if (bytes.size() < kPorts) return;
  ends.source.port = static_cast<uint16_t>(number_at(bytes, 0, 2));
  ends.destination.port = static_cast<uint16_t>(number_at(bytes, 2, 2));
  ends.is_question = ends.source.port && ends.destination.port;
  if (ends.protocol == IPPROTO_TCP && bytes.size() > kTcpFlags)
    ends.begins = (std::to_integer<unsigned>(bytes[kTcpFlags]) & (kSyn | kAck)) == kSyn;
}

// Of what is no later fragment.
void read_behind(std::span<const std::byte> bytes, PacketEnds& ends) {
  if (has_ports(ends.protocol)) return read_ports(bytes, ends);
  const uint8_t type = bytes.empty() ? 0 : std::to_integer<uint8_t>(bytes[0]);
  switch (ends.protocol) {
    case IPPROTO_ICMP: ends.is_question = type == kEchoRequest; break;
    case IPPROTO_ICMPV6: ends.is_question = type == kEchoRequest6; break;
    default: ends.is_question = true;
  }
}

std::optional<PacketEnds> ends4(std::span<const std::byte> ip) {
  if (ip.size() < kHeader4) return std::nullopt;
  PacketEnds ends{.source = {IpAddress::from_ipv4(number_at(ip, 12, 4)), 0},
                  .destination = {IpAddress::from_ipv4(number_at(ip, 16, 4)), 0},
                  .protocol = std::to_integer<uint8_t>(ip[9])};
  const size_t header = (std::to_integer<size_t>(ip[0]) & 15) * 4;
  const bool is_first = (number_at(ip, 6, 2) & 0x1fff) == 0;
  if (is_first && header >= kHeader4 && header <= ip.size()) read_behind(ip.subspan(header), ends);
  return ends;
}

// What is behind extension headers is not looked for.
std::optional<PacketEnds> ends6(std::span<const std::byte> ip) {
  if (ip.size() < kHeader6) return std::nullopt;
  PacketEnds ends{.source = {address6_at(ip, 8), 0},
                  .destination = {address6_at(ip, 24), 0},
                  .protocol = std::to_integer<uint8_t>(ip[6])};
  const bool is_fragment = ends.protocol == IPPROTO_FRAGMENT;
  if (!is_fragment) read_behind(ip.subspan(kHeader6), ends);
  return ends;
}

std::optional<PacketEnds> ends_at(std::span<const std::byte> bytes, size_t at) {
  if (at >= bytes.size()) return std::nullopt;
  const auto ip = bytes.subspan(at);
  switch (std::to_integer<unsigned>(ip[0]) >> 4) {
    case 4: return ends4(ip);
    case 6: return ends6(ip);
    default: return std::nullopt;
  }
}

}   // namespace

// A tag stands in its place again, and l3_off was found without it. What is no IP has no such header.
std::optional<PacketEnds> ends_of(const CapturedPacket& packet, bool has_ethernet) {
  if (has_ethernet && packet.out.record.l3_off < ETH_HLEN) return std::nullopt;
  const size_t tag = packet.in.record.tag_protocol ? kVlanTag : 0;
  return ends_at(packet.in.bytes, packet.out.record.l3_off + tag);
}

std::optional<PacketEnds> ends_of(const CapturedShape& shape) {
  if (shape.link != pcapng::LinkType::kEthernet) return ends_at(shape.bytes, 0);
  size_t at = ETH_HLEN;
  for (int tags = 0; tags < kMostTags && shape.bytes.size() >= at; ++tags) {
    const uint32_t type = number_at(shape.bytes, at - 2, 2);
    if (type != ETH_P_8021Q && type != ETH_P_8021AD) break;
    at += kVlanTag;
  }
  return ends_at(shape.bytes, at);
}

std::string in_words(const PacketEnds& ends) {
  return fmt::format("{} {} > {}", protocol_name(ends.protocol), to_string(ends.source),
                     to_string(ends.destination));
}

}   // namespace sluice
