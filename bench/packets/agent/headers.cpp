// SPDX-License-Identifier: GPL-2.0-or-later
#include "headers.hpp"

#include <arpa/inet.h>
#include <net/ethernet.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace sluice::bench {

namespace {

constexpr uint32_t kHasVni = 0x08000000;

static_assert(sizeof(frame) == PLAN_FRAME);
static_assert(sizeof(ipv6_frame) == PLAN_IPV6_FRAME);
static_assert(offsetof(frame, udp.payload) + sizeof(vxlan) == PLAN_TUNNEL);

uint32_t sum_words(const void* data, size_t bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < bytes; i += 2) {
    uint16_t word;
    std::memcpy(&word, static_cast<const uint8_t*>(data) + i, sizeof(word));
    sum += word;
  }
  return sum;
}

uint16_t fold(uint32_t sum) {
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>((sum & 0xffff) + (sum >> 16));
}

ethernet make_link(const uint8_t* to_mac, const uint8_t* from_mac) {
  ethernet made{};
  std::copy_n(to_mac, 6, made.to_mac);
  std::copy_n(from_mac, 6, made.from_mac);
  return made;
}

// A UDP packet of so many bytes.
frame make_ipv4(const ethernet& link, uint16_t bytes) {
  frame made{.ethernet = link};
  made.ethernet.type = htons(ETHERTYPE_IP);
  made.version_ihl = 0x45;
  made.length = htons(bytes - offsetof(frame, version_ihl));
  made.ttl = PLAN_TTL;
  made.protocol = IPPROTO_UDP;
  made.udp.length = htons(bytes - offsetof(frame, udp));
  return made;
}

ipv6_frame make_ipv6(const ethernet& link, const networks& between) {
  ipv6_frame made{.ethernet = link};
  made.ethernet.type = htons(ETHERTYPE_IPV6);
  made.version_class_label = htonl(6u << 28);
  made.length = made.udp.length = htons(sizeof(made.udp));
  made.next_header = IPPROTO_UDP;
  made.hop_limit = PLAN_TTL;
  std::memcpy(&made.source, between.source, sizeof(between.source));
  std::memcpy(&made.destination, between.destination, sizeof(between.destination));
  return made;
}

// The pseudo header says the protocol and, once more, the length.
uint32_t sum_of(const udp& header) { return htons(IPPROTO_UDP) + 2u * header.length; }

void put_ipv4(Headers& headers, const ethernet& link) {
  const frame& made = headers.frame.ipv4 = make_ipv4(link, PLAN_FRAME);
  headers.ip_sum = sum_words(&made.version_ihl, offsetof(frame, udp) - offsetof(frame, version_ihl));
  headers.udp_sum = sum_of(made.udp);
}

void put_ipv6(Headers& headers, const ethernet& link, const networks& between) {
  const ipv6_frame& made = headers.frame.ipv6 = make_ipv6(link, between);
  headers.udp_sum = sum_words(&made.source, 2 * sizeof(made.source)) + sum_of(made.udp);
}

// The frame begins a tag's length later, and so its place for addresses ends with the tag.
void put_tag(Headers& headers, uint16_t vlan) {
  vlan_tag tag{.type = htons(0x8100), .id = htons(vlan)};
  std::memcpy(&tag, &headers.frame, offsetof(vlan_tag, type));
  const auto* bytes = reinterpret_cast<const uint8_t*>(&tag);
  std::copy_n(bytes, PLAN_TAG, headers.front.begin());
  std::memcpy(&headers.frame, bytes + PLAN_TAG, sizeof(tag) - PLAN_TAG);
}

// Without a UDP sum, which RFC 7348 section 5 recommends and every receiver takes.
void put_tunnel(Headers& headers, const plan& sending, const Tunnel& tunnel) {
  frame outer = make_ipv4(make_link(sending.to_mac, sending.from_mac), PLAN_TUNNEL + PLAN_FRAME);
  outer.source = htonl(tunnel.local);
  outer.destination = htonl(tunnel.remote);
  outer.ip_sum = static_cast<uint16_t>(~fold(sum_words(&outer.version_ihl, 20)));
  outer.udp.destination_port = htons(PLAN_TUNNEL_PORT);
  const vxlan inside{.flags = htonl(kHasVni), .vni = htonl(tunnel.vni << 8)};
  std::memcpy(outer.udp.payload, &inside, sizeof(inside));
  std::memcpy(headers.front.data(), &outer, headers.front.size());
}

}   // namespace

Headers make_headers(const plan& sending, const EndConfig& host) {
  Headers made;
  const auto& tunnel = host.tunnel;
  const ethernet link = tunnel ? make_link(tunnel->gateway_mac.data(), tunnel->mac.data())
                               : make_link(sending.to_mac, sending.from_mac);
  if (sending.ipv6)
    put_ipv6(made, link, sending.sent);
  else
    put_ipv4(made, link);
  if (host.vlan) put_tag(made, host.vlan);
  if (tunnel) put_tunnel(made, sending, *tunnel);
  return made;
}

}   // namespace sluice::bench
