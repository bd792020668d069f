// SPDX-License-Identifier: GPL-2.0-or-later
// The packet that a question is about: what opens a connection of TCP, an echo request of ICMP.
#include <arpa/inet.h>
#include <linux/icmp.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

#include "base/checksum.hpp"
#include "base/protocol.hpp"
#include "explain/explain.hpp"

namespace sluice {
namespace {

constexpr uint8_t kHops = 64;
constexpr size_t kPayload = 32;   // as long as any header of a protocol that is looked at

template <class Header>
void put(std::vector<uint8_t>& packet, const Header& header) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&header);
  std::copy_n(bytes, sizeof(header), std::back_inserter(packet));
}

std::vector<uint8_t> ports_of(const Question& question) {
  std::vector<uint8_t> payload;
  put(payload, htons(question.source.port));
  put(payload, htons(question.destination.port));
  return payload;
}

std::vector<uint8_t> payload_of(const Question& question) {
  std::vector<uint8_t> payload;
  if (question.protocol == IPPROTO_TCP) {
    tcphdr header{};
    header.source = htons(question.source.port);
    header.dest = htons(question.destination.port);
    header.doff = sizeof(header) / 4;
    header.syn = 1;
    put(payload, header);
  } else if (question.protocol == IPPROTO_UDP || question.protocol == IPPROTO_UDPLITE) {
    udphdr header{};
    header.source = htons(question.source.port);
    header.dest = htons(question.destination.port);
    header.len = htons(kPayload);
    header.check = 0xffff;
    put(payload, header);
  } else if (question.protocol == IPPROTO_ICMP || question.protocol == IPPROTO_ICMPV6) {
    payload = {
        question.protocol == IPPROTO_ICMP ? uint8_t{ICMP_ECHO} : uint8_t{ICMP6_ECHO_REQUEST}, 0, 0, 0, 0, 1};
  } else if (has_ports(question.protocol)) {
    payload = ports_of(question);
  }
  payload.resize(kPayload);
  return payload;
}

void put_ipv4(std::vector<uint8_t>& packet, const Question& question) {
  iphdr header{};
  header.version = 4;
  header.ihl = sizeof(header) / 4;
  header.tot_len = htons(sizeof(header) + kPayload);
  header.frag_off = htons(0x4000);   // may not be cut
  header.ttl = kHops;
  header.protocol = question.protocol;
  header.saddr = htonl(question.source.address.ipv4());
  header.daddr = htonl(question.destination.address.ipv4());
  header.check = internet_checksum(&header, sizeof(header));
  put(packet, header);
}

void put_ipv6(std::vector<uint8_t>& packet, const Question& question) {
  ip6_hdr header{};
  header.ip6_flow = htonl(6u << 28);
  header.ip6_plen = htons(kPayload);
  header.ip6_nxt = question.protocol;
  header.ip6_hlim = kHops;
  std::memcpy(&header.ip6_src, question.source.address.bytes().data(), sizeof(header.ip6_src));
  std::memcpy(&header.ip6_dst, question.destination.address.bytes().data(), sizeof(header.ip6_dst));
  put(packet, header);
}

}   // namespace

std::vector<uint8_t> packet_of(const Question& question) {
  const bool is_ipv4 = question.source.address.is_ipv4();
  ether_header ethernet{};
  ethernet.ether_type = htons(is_ipv4 ? ETHERTYPE_IP : ETHERTYPE_IPV6);
  std::vector<uint8_t> packet;
  put(packet, ethernet);
  is_ipv4 ? put_ipv4(packet, question) : put_ipv6(packet, question);
  const std::vector<uint8_t> payload = payload_of(question);
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

}   // namespace sluice
