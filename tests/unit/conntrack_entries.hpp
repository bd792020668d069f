// SPDX-License-Identifier: GPL-2.0-or-later
// Entries of connection tracking written as routes: "192.168.10.2:40000 > 198.51.100.7:53".
#pragma once

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <netinet/in.h>

#include <string>

#include "kernel/conntrack/entry.hpp"

namespace sluice::test {

struct RouteEnd {
  IpAddress address;
  uint16_t port = 0;
};

// "192.0.2.1:80", "[2001:db8::1]:80"
inline RouteEnd end_of(const std::string& text) {
  const size_t colon = text.rfind(':');
  const bool ipv6 = text.front() == '[';
  const std::string address = ipv6 ? text.substr(1, colon - 2) : text.substr(0, colon);
  return {IpAddress::parse(address).value(), static_cast<uint16_t>(std::stoi(text.substr(colon + 1)))};
}

inline ConntrackDirection direction_of(const std::string& route) {
  const size_t arrow = route.find(" > ");
  const RouteEnd from = end_of(route.substr(0, arrow)), to = end_of(route.substr(arrow + 3));
  return {from.address, to.address, from.port, to.port};
}

// An established flow whose packets arrive as `route` and leave as `seen`.
inline ConntrackEntry entry_of(uint8_t protocol, const std::string& route, const std::string& seen) {
  ConntrackEntry entry;
  entry.protocol = protocol;
  entry.original = direction_of(route);
  entry.reply = direction_of(seen).turned();
  entry.status = IPS_SEEN_REPLY | IPS_ASSURED;
  entry.tcp_state = protocol == IPPROTO_TCP ? TCP_CONNTRACK_ESTABLISHED : TCP_CONNTRACK_NONE;
  entry.timeout_seconds = 100;
  entry.mark = 0x10040005;
  return entry;
}

struct TranslatedFlow {
  const char* name;
  uint8_t protocol;
  const char* route;
  const char* seen;
};

// Every protocol that is carried over, both families, both translations and both at once.
inline constexpr TranslatedFlow kTranslatedFlows[] = {
    {"udp", IPPROTO_UDP, "192.168.10.2:40000 > 203.0.113.9:53", "203.0.113.1:41000 > 203.0.113.9:53"},
    {"tcp", IPPROTO_TCP, "192.168.10.2:40000 > 203.0.113.9:80", "203.0.113.1:40000 > 203.0.113.9:80"},
    {"echo", IPPROTO_ICMP, "192.168.10.2:4711 > 203.0.113.9:0", "203.0.113.1:99 > 203.0.113.9:0"},
    {"udplite", IPPROTO_UDPLITE, "192.168.10.2:40000 > 203.0.113.9:53", "203.0.113.1:1 > 203.0.113.9:53"},
    {"esp", IPPROTO_ESP, "192.168.10.2:0 > 203.0.113.9:0", "203.0.113.1:0 > 203.0.113.9:0"},
    {"forward_tcp", IPPROTO_TCP, "203.0.113.9:40000 > 203.0.113.1:80",
     "203.0.113.9:40000 > 192.168.10.2:8080"},
    {"forward_udp", IPPROTO_UDP, "203.0.113.9:40000 > 203.0.113.1:53", "203.0.113.9:40000 > 192.168.10.2:53"},
    {"static_echo", IPPROTO_ICMP, "203.0.113.9:4711 > 203.0.113.5:0", "203.0.113.9:4711 > 192.168.10.2:0"},
    {"hairpin", IPPROTO_TCP, "192.168.10.2:40000 > 203.0.113.1:80", "203.0.113.1:1999 > 192.168.10.3:8080"},
    {"plain", IPPROTO_UDP, "192.168.10.2:40000 > 203.0.113.9:53", "192.168.10.2:40000 > 203.0.113.9:53"},
    {"udp6", IPPROTO_UDP, "[2001:db8:10::2]:40000 > [2001:db8:f::9]:53",
     "[2001:db8:f::1]:41000 > [2001:db8:f::9]:53"},
    {"tcp6", IPPROTO_TCP, "[2001:db8:10::2]:40000 > [2001:db8:f::9]:80",
     "[2001:db8:f::1]:40000 > [2001:db8:f::9]:80"},
    {"echo6", IPPROTO_ICMPV6, "[2001:db8:10::2]:4711 > [2001:db8:f::9]:0",
     "[2001:db8:f::1]:99 > [2001:db8:f::9]:0"},
    {"forward6", IPPROTO_TCP, "[2001:db8:f::9]:40000 > [2001:db8:f::1]:80",
     "[2001:db8:f::9]:40000 > [2001:db8:10::2]:8080"},
};

inline ConntrackEntry entry_of(const TranslatedFlow& flow) {
  return entry_of(flow.protocol, flow.route, flow.seen);
}

}   // namespace sluice::test
