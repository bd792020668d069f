// SPDX-License-Identifier: GPL-2.0-or-later
#include "view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/address.hpp"

namespace sluice::test {
namespace {

std::string address4(const uint8_t* at) {
  return IpAddress::from_ipv4_bytes({at[0], at[1], at[2], at[3]}).to_string();
}

std::string address6(const uint8_t* at) {
  std::array<uint8_t, 16> bytes;
  std::copy_n(at, 16, bytes.begin());
  return IpAddress::from_bytes(bytes).to_string();
}

bool is_extension(uint8_t kind) {
  return kind == kHopByHop || kind == kRouting || kind == kDestination || kind == kFragment || kind == kAh;
}

}   // namespace

uint16_t View::u16(size_t at) const {
  return at + 2 <= bytes.size() ? static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]) : 0;
}
uint32_t View::u32(size_t at) const { return uint32_t{u16(at)} << 16 | u16(at + 2); }

View::View(Bytes frame, size_t l3_offset)
    : bytes(std::move(frame)), l3(l3_offset), l4(l3_offset), end(bytes.size()) {
  if (l3 && bytes.size() >= 14) {
    std::copy_n(bytes.begin(), 6, dst_mac.begin());
    std::copy_n(bytes.begin() + 6, 6, src_mac.begin());
  }
  if (bytes.size() < l3 + 20) return;
  if (bytes[l3] >> 4 == 4) read_ip4();
  if (bytes[l3] >> 4 == 6 && bytes.size() >= l3 + 40) read_ip6();
}

void View::read_ip4() {
  family = 4;
  tos = bytes[l3 + 1];
  ttl = bytes[l3 + 8];
  protocol = bytes[l3 + 9];
  src = address4(&bytes[l3 + 12]);
  dst = address4(&bytes[l3 + 16]);
  l4 = l3 + (bytes[l3] & 15) * 4u;
  truncated_ = l3 + u16(l3 + 2) > bytes.size();
  end = std::min<size_t>(l3 + u16(l3 + 2), bytes.size());
  is_fragment_ = u16(l3 + 6) & 0x3fff;
  if (!(u16(l3 + 6) & 0x1fff)) read_transport();
}

void View::read_ip6() {
  family = 6;
  tos = static_cast<uint8_t>(u16(l3) >> 4);
  protocol = bytes[l3 + 6];
  ttl = bytes[l3 + 7];
  src = address6(&bytes[l3 + 8]);
  dst = address6(&bytes[l3 + 24]);
  l4 = l3 + 40;
  truncated_ = l4 + u16(l3 + 4) > bytes.size();
  end = std::min<size_t>(l4 + u16(l3 + 4), bytes.size());
  bool later = false;
  while (is_extension(protocol) && l4 + 8 <= end && !later) {
    const uint8_t kind = protocol;
    if (kind == kFragment) is_fragment_ = (u16(l4 + 2) & 0xfff9) != 0;
    later = kind == kFragment && (u16(l4 + 2) & 0xfff8);
    protocol = bytes[l4];
    l4 += kind == kFragment ? 8 : kind == kAh ? (bytes[l4 + 1] + 2) * 4u : (bytes[l4 + 1] + 1) * 8u;
  }
  if (!later) read_transport();
}

void View::read_transport() {
  const bool icmp = protocol == (family == 4 ? kIcmp : kIcmp6);
  if (protocol == kTcp || protocol == kUdp || protocol == kUdpLite || protocol == kSctp) {
    sport = u16(l4);
    dport = u16(l4 + 2);
  }
  size_t at = 0;
  if (protocol == kTcp) {
    seq = u32(l4 + 4);
    ack = u32(l4 + 8);
    tcp_flags = l4 + 13 < bytes.size() ? bytes[l4 + 13] : 0;
    at = 16;
  } else if (protocol == kUdp || protocol == kUdpLite) {
    at = 6;
  } else if (icmp && l4 + 8 <= bytes.size()) {
    icmp_type = bytes[l4];
    icmp_code = bytes[l4 + 1];
    icmp_id = u16(l4 + 4);
    icmp_info = u32(l4 + 4);
    at = 2;
  }
  has_check = at && l4 + at + 2 <= end;
  if (has_check) check = u16(l4 + at);
}

size_t View::transport_header() const {
  if (protocol == kTcp) return l4 + 12 < bytes.size() ? (bytes[l4 + 12] >> 4) * 4u : 20;
  if (protocol == kSctp) return 12;
  return protocol == kGre ? 4 : 8;
}

Bytes View::transport() const { return l4 >= end ? Bytes{} : Bytes(bytes.begin() + l4, bytes.begin() + end); }

Bytes View::payload() const {
  const size_t at = l4 + transport_header();
  return at >= end ? Bytes{} : Bytes(bytes.begin() + at, bytes.begin() + end);
}

View View::quoted() const { return of_packet(payload()); }

bool View::is_echo_reply() const { return icmp_type == (family == 4 ? 0 : 129); }

std::string View::route() const {
  const bool icmp = protocol == kIcmp || protocol == kIcmp6;
  const uint16_t from = icmp && !is_echo_reply() ? icmp_id : sport,
                 to = icmp && is_echo_reply() ? icmp_id : dport;
  if (family == 4) return fmt::format("{}:{} > {}:{}", src, from, dst, to);
  return fmt::format("[{}]:{} > [{}]:{}", src, from, dst, to);
}

uint16_t View::pseudo_sum() const {
  if (family == 4 && protocol == kIcmp) return 0;
  const size_t from = l3 + (family == 4 ? 12 : 8), size = family == 4 ? 8 : 32;
  const uint16_t addresses = internet_sum(&bytes[from], size);
  const uint32_t start = uint32_t{addresses} + protocol + static_cast<uint32_t>(end - l4);
  return internet_sum(nullptr, 0, start);
}

std::string View::transport_flaws() const {
  if (!has_check || is_fragment_ || truncated_) return "";
  if (protocol == kUdp && check == 0) return family == 4 ? "" : "UDP checksum 0 in IPv6; ";
  size_t covered = end - l4;
  if (protocol == kUdp && u16(l4 + 4) != covered) return "UDP length; ";
  if (protocol == kUdpLite && u16(l4 + 4)) covered = u16(l4 + 4);
  if (protocol == kUdpLite && check == 0) return "UDP-Lite checksum 0; ";
  const uint16_t sum = internet_sum(&bytes[l4], covered, pseudo_sum());
  return sum == 0xffff
             ? ""
             : fmt::format("checksum of protocol {} is {:04x}, off by {:04x}; ", protocol, check, sum);
}

std::string View::flaws() const {
  std::string all;
  if (!family) return "no IP packet; ";
  if (family == 4 && internet_sum(&bytes[l3], l4 - l3) != 0xffff) all += "IPv4 header checksum; ";
  if (l4 > end) all += "headers longer than the packet; ";
  if (truncated_ && l3) all += "shorter than it says; ";
  return all + transport_flaws();
}

}   // namespace sluice::test
