// SPDX-License-Identifier: GPL-2.0-or-later
#include "crossings.hpp"

namespace sluice::test {
namespace {

Ip4 ip4(std::string_view src, std::string_view dst) { return {.src = src, .dst = dst, .tos = 0xb8}; }
Ip6 ip6(std::string_view src, std::string_view dst) { return {.src = src, .dst = dst}; }
const Bytes kBody = text("an odd number of bytes.");

std::vector<Crossing> masqueraded() {
  const Ip4 ip = ip4(kInside, kFar);
  return {
      {"masquerade_tcp", At::kLan, At::kWan, ip / Tcp{}, "203.0.113.1:40000 > 198.51.100.7:80", "out"},
      {"masquerade_udp", At::kLan, At::kWan, ip / Udp{} / kBody, "203.0.113.1:40000 > 198.51.100.7:53",
       "out"},
      {"masquerade_udp_without_checksum", At::kLan, At::kWan, ip / Udp{.checksum = 0} / kBody,
       "203.0.113.1:40000 > 198.51.100.7:53", "out"},
      {"masquerade_low_port", At::kLan, At::kWan, ip / Udp{.sport = 1024} / kBody,
       "203.0.113.1:1024 > 198.51.100.7:53", "out"},
      {"masquerade_udplite", At::kLan, At::kWan, ip / UdpLite{} / kBody,
       "203.0.113.1:40000 > 198.51.100.7:53", "out"},
      {"masquerade_udplite_part_covered", At::kLan, At::kWan, ip / UdpLite{.coverage = 12} / kBody,
       "203.0.113.1:40000 > 198.51.100.7:53", "out"},
      {"masquerade_echo", At::kLan, At::kWan, ip / Echo{} / kBody, "203.0.113.1:4711 > 198.51.100.7:0",
       "out"},
      {"masquerade_sctp", At::kLan, At::kWan, ip / Sctp{} / kBody, "203.0.113.1:40000 > 198.51.100.7:5000",
       "out"},
      {"masquerade_gre", At::kLan, At::kWan, ip / Gre{} / kBody, "203.0.113.1:0 > 198.51.100.7:0", "out"},
      {"masquerade_esp", At::kLan, At::kWan, ip / Esp{} / kBody, "203.0.113.1:0 > 198.51.100.7:0", "out"},
  };
}

std::vector<Crossing> masqueraded6() {
  const Ip6 ip = ip6(kDmz6, kFar6);
  return {
      {"masquerade6_tcp", At::kDmz, At::kWan, ip / Tcp{}, "[2001:db8:f::1]:40000 > [2001:db8:99::7]:80",
       "dmz-both"},
      {"masquerade6_udp", At::kDmz, At::kWan, ip / Udp{} / kBody,
       "[2001:db8:f::1]:40000 > [2001:db8:99::7]:53", "dmz-both"},
      {"masquerade6_udplite", At::kDmz, At::kWan, ip / UdpLite{} / kBody,
       "[2001:db8:f::1]:40000 > [2001:db8:99::7]:53", "dmz-both"},
      {"masquerade6_echo", At::kDmz, At::kWan, ip / Echo{} / kBody,
       "[2001:db8:f::1]:4711 > [2001:db8:99::7]:0", "dmz-both"},
      {"masquerade6_sctp", At::kDmz, At::kWan, ip / Sctp{} / kBody,
       "[2001:db8:f::1]:40000 > [2001:db8:99::7]:5000", "dmz-both"},
      {"masquerade6_gre", At::kDmz, At::kWan, ip / Gre{} / kBody, "[2001:db8:f::1]:0 > [2001:db8:99::7]:0",
       "dmz-both"},
      {"masquerade6_esp", At::kDmz, At::kWan, ip / Esp{} / kBody, "[2001:db8:f::1]:0 > [2001:db8:99::7]:0",
       "dmz-both"},
      {"masquerade6_behind_extensions", At::kDmz, At::kWan,
       ip / Extension{.kind = kHopByHop} / Extension{} / Udp{} / kBody,
       "[2001:db8:f::1]:40000 > [2001:db8:99::7]:53", "dmz-both"},
  };
}

std::vector<Crossing> forwarded() {
  const Ip4 ip = ip4(kFar, kWanAddress);
  return {
      {"forward_tcp", At::kWan, At::kLan, ip / Tcp{}, "198.51.100.7:40000 > 192.168.10.2:8080", "web"},
      {"forward_udp", At::kWan, At::kLan, ip / Udp{} / kBody, "198.51.100.7:40000 > 192.168.10.3:5353",
       "dns"},
      {"forward_range_tcp", At::kWan, At::kLan, ip / Tcp{.dport = 30004},
       "198.51.100.7:40000 > 192.168.10.2:30004", "game"},
      {"forward_range_udp", At::kWan, At::kLan, ip / Udp{.dport = 30010} / kBody,
       "198.51.100.7:40000 > 192.168.10.2:30010", "game"},
      {"forward_for_a_source", At::kWan, At::kLan, ip / Tcp{.dport = 8443},
       "198.51.100.7:40000 > 192.168.10.2:443", "nas"},
      {"forward6_tcp", At::kWan, At::kDmz, ip6(kFar6, kWanAddress6) / Tcp{},
       "[2001:db8:99::7]:40000 > [2001:db8:20::2]:8080", "web6"},
      {"forward6_udp", At::kWan, At::kDmz, ip6(kFar6, kWanAddress6) / Udp{.dport = 80} / kBody,
       "[2001:db8:99::7]:40000 > [2001:db8:20::2]:8080", "web6"},
      {"hairpin_tcp", At::kLan, At::kLan, ip4(kSecond, kWanAddress) / Tcp{},
       "203.0.113.1:40000 > 192.168.10.2:8080", "out"},
      {"hairpin_udp", At::kLan, At::kLan, ip4(kInside, kWanAddress) / Udp{} / kBody,
       "203.0.113.1:40000 > 192.168.10.3:5353", "out"},
      {"hairpin_to_oneself", At::kLan, At::kLan, ip4(kInside, kWanAddress) / Tcp{},
       "203.0.113.1:40000 > 192.168.10.2:8080", "out"},
  };
}

std::vector<Crossing> mapped() {
  const Ip4 out = ip4(kMail, kFar), in = ip4(kFar, kMailOutside);
  return {
      {"static_out_tcp", At::kLan, At::kWan, out / Tcp{.dport = 25}, "203.0.113.5:40000 > 198.51.100.7:25",
       "mail"},
      {"static_out_udp", At::kLan, At::kWan, out / Udp{} / kBody, "203.0.113.5:40000 > 198.51.100.7:53",
       "mail"},
      {"static_out_echo", At::kLan, At::kWan, out / Echo{} / kBody, "203.0.113.5:4711 > 198.51.100.7:0",
       "mail"},
      {"static_out_gre", At::kLan, At::kWan, out / Gre{} / kBody, "203.0.113.5:0 > 198.51.100.7:0", "mail"},
      {"static_in_tcp", At::kWan, At::kLan, in / Tcp{.dport = 25}, "198.51.100.7:40000 > 192.168.10.5:25",
       "mail"},
      {"static_in_udp", At::kWan, At::kLan, in / Udp{} / kBody, "198.51.100.7:40000 > 192.168.10.5:53",
       "mail"},
      {"static_in_echo", At::kWan, At::kLan, in / Echo{} / kBody, "198.51.100.7:4711 > 192.168.10.5:0",
       "mail"},
      {"static_in_esp", At::kWan, At::kLan, in / Esp{} / kBody, "198.51.100.7:0 > 192.168.10.5:0", "mail"},
      {"static_in_sctp", At::kWan, At::kLan, in / Sctp{} / kBody, "198.51.100.7:40000 > 192.168.10.5:5000",
       "mail"},
  };
}

std::vector<Crossing> routed() {
  const Ip4 ip = ip4(kInside, kDmz);
  const Ip6 out = ip6(kInside6, kFar6), in = ip6(kFar6, kInside6);
  return {
      {"routed_tcp", At::kLan, At::kDmz, ip / Tcp{}, "192.168.10.2:40000 > 172.20.1.2:80"},
      {"routed_udp", At::kLan, At::kDmz, ip / Udp{} / kBody, "192.168.10.2:40000 > 172.20.1.2:53"},
      {"routed_echo", At::kLan, At::kDmz, ip / Echo{} / kBody, "192.168.10.2:4711 > 172.20.1.2:0"},
      {"routed_options", At::kLan, At::kDmz,
       Ip4{.src = kInside, .dst = kDmz, .options = {7, 7, 4, 0, 0, 0, 0, 0}} / Udp{} / kBody,
       "192.168.10.2:40000 > 172.20.1.2:53"},
      {"routed6_tcp", At::kLan, At::kWan, out / Tcp{}, "[2001:db8:10::2]:40000 > [2001:db8:99::7]:80"},
      {"routed6_udp", At::kLan, At::kWan, out / Udp{} / kBody,
       "[2001:db8:10::2]:40000 > [2001:db8:99::7]:53"},
      {"routed6_echo", At::kLan, At::kWan, out / Echo{} / kBody,
       "[2001:db8:10::2]:4711 > [2001:db8:99::7]:0"},
      {"routed6_gre", At::kLan, At::kWan, out / Gre{} / kBody, "[2001:db8:10::2]:0 > [2001:db8:99::7]:0"},
      {"routed6_in_tcp", At::kWan, At::kLan, in / Tcp{.dport = 8080},
       "[2001:db8:99::7]:40000 > [2001:db8:10::2]:8080"},
      {"routed6_in_udplite", At::kWan, At::kLan, in / UdpLite{} / kBody,
       "[2001:db8:99::7]:40000 > [2001:db8:10::2]:53"},
      {"routed6_in_sctp", At::kWan, At::kLan, in / Sctp{} / kBody,
       "[2001:db8:99::7]:40000 > [2001:db8:10::2]:5000"},
      {"routed6_in_esp", At::kWan, At::kLan, in / Esp{} / kBody, "[2001:db8:99::7]:0 > [2001:db8:10::2]:0"},
      {"routed6_in_echo", At::kWan, At::kLan, in / Echo{} / kBody,
       "[2001:db8:99::7]:4711 > [2001:db8:10::2]:0"},
  };
}

}   // namespace

const std::vector<Crossing>& crossings() {
  static const std::vector<Crossing> all = [] {
    std::vector<Crossing> list;
    for (const auto& part : {masqueraded(), masqueraded6(), forwarded(), mapped(), routed()})
      list.insert(list.end(), part.begin(), part.end());
    return list;
  }();
  return all;
}

}   // namespace sluice::test
