// SPDX-License-Identifier: GPL-2.0-or-later
// What a packet says, read by code that shares nothing with the fast path; and everything that is wrong with
// it.
#pragma once

#include <string>

#include "packet.hpp"

namespace sluice::test {

struct View {
  explicit View(Bytes frame) : View(std::move(frame), 14) {}
  static View of_packet(Bytes packet) { return View(std::move(packet), 0); }   // without an Ethernet header

  Bytes bytes;
  size_t l3 = 0, l4 = 0, end = 0;   // offsets; end: of the IP packet
  int family = 0;
  Mac dst_mac{}, src_mac{};
  std::string src, dst;   // addresses
  uint8_t ttl = 0, tos = 0, protocol = 0;
  uint16_t sport = 0, dport = 0;   // ICMP: 0
  uint8_t icmp_type = 0, icmp_code = 0;
  uint16_t icmp_id = 0;
  uint32_t icmp_info = 0;
  uint8_t tcp_flags = 0;
  uint32_t seq = 0, ack = 0;
  uint16_t check = 0;   // of the transport header
  bool has_check = false;

  Bytes payload() const;     // behind the transport header
  Bytes transport() const;   // from the transport header on
  View quoted() const;       // by an ICMP error
  // "192.0.2.1:80 > 198.51.100.1:1024", ICMP queries with their id as source port or, replies, as destination
  // port
  std::string route() const;
  // Empty, or every wrong length and checksum. A quotation is checked as far as it goes.
  std::string flaws() const;

 private:
  View(Bytes frame, size_t l3_offset);
  void read_ip4();
  void read_ip6();
  void read_transport();
  size_t transport_header() const;
  uint16_t u16(size_t at) const;
  uint32_t u32(size_t at) const;
  bool is_echo_reply() const;
  uint16_t pseudo_sum() const;
  std::string transport_flaws() const;
  bool is_fragment_ = false;
  bool truncated_ = false;
};

}   // namespace sluice::test
