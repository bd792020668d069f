// SPDX-License-Identifier: GPL-2.0-or-later
// One entry of the kernel's connection tracking as a plain value.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "model/address.hpp"

namespace sluice {

// One direction, as its packets arrive. Ports in host byte order; an ICMP query carries its id as
// source_port, the reply as destination_port, the other is 0. Protocols without ports: both 0.
struct ConntrackDirection {
  IpAddress source, destination;
  uint16_t source_port = 0, destination_port = 0;

  // What the answers look like when nothing is translated.
  ConntrackDirection turned() const { return {destination, source, destination_port, source_port}; }
  auto operator<=>(const ConntrackDirection&) const = default;
};

struct ConntrackCount {
  uint64_t packets = 0, bytes = 0;
  auto operator<=>(const ConntrackCount&) const = default;
};

struct ConntrackEntry {
  uint8_t protocol = 0;
  // The difference between `reply` and original.turned() is the translation.
  ConntrackDirection original, reply;
  std::optional<ConntrackCount> original_count, reply_count;   // none: accounting is off
  uint8_t icmp_type = 0;          // of the query; 0: an echo request of the family
  uint8_t tcp_state = 0;          // enum tcp_conntrack of linux/netfilter/nf_conntrack_tcp.h
  uint32_t status = 0;            // IPS_* of linux/netfilter/nf_conntrack_common.h
  uint32_t timeout_seconds = 0;   // that are left
  uint32_t mark = 0;
  uint16_t zone = 0;   // of connection tracking, not of sluice
  // Of a connection that began with a SYN cookie: what the kernel adds to the sequence numbers of its
  // answers. None: to no numbers.
  std::optional<uint32_t> added_to_answers;
  bool by_synproxy = false;   // the kernel's synproxy asked for it, for a client that came back with a cookie
  // The zone tells apart how packets of the original direction arrive; the answers are in zone 0.
  bool zone_of_original = false;

  bool has_status(uint32_t bits) const { return (status & bits) == bits; }
};

// "tcp 192.168.10.2:40000 > 198.51.100.7:443"
std::string to_string(const ConntrackEntry& entry);

}   // namespace sluice
