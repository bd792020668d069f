// SPDX-License-Identifier: GPL-2.0-or-later
#include "answers.hpp"

#include <utility>

namespace sluice::test {
namespace {

Layer transport_back(const View& seen, uint8_t tcp_flags) {
  switch (seen.protocol) {
    case kTcp:
      return Tcp{.sport = seen.dport,
                 .dport = seen.sport,
                 .seq = seen.ack ? seen.ack : 9000,
                 .ack = seen.seq + 1,
                 .flags = tcp_flags};
    case kUdp: return Udp{.sport = seen.dport, .dport = seen.sport};
    case kUdpLite: return UdpLite{.sport = seen.dport, .dport = seen.sport};
    case kSctp: return Sctp{.sport = seen.dport, .dport = seen.sport};
    case kGre: return Gre{};
    case kEsp: return Esp{};
    default: return Echo{.reply = true, .id = seen.icmp_id};
  }
}

}   // namespace

Layer header_back(const View& seen) {
  if (seen.family == 4) return Ip4{.src = seen.dst, .dst = seen.src, .tos = seen.tos};
  return Ip6{.src = seen.dst, .dst = seen.src};
}

Layers answer_to(const View& seen, uint8_t tcp_flags) {
  Layers layers;   // GCC 12 warns of a list of one variant
  layers.push_back(header_back(seen));
  return std::move(layers) / transport_back(seen, tcp_flags) / text("answer");
}

std::string reversed(const std::string& route) {
  const size_t middle = route.find(" > ");
  return route.substr(middle + 3) + " > " + route.substr(0, middle);
}

}   // namespace sluice::test
