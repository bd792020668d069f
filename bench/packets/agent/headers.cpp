// SPDX-License-Identifier: GPL-2.0-or-later
#include "headers.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace sluice::bench {

namespace {

constexpr uint32_t kHasVni = 0x08000000;

static_assert(sizeof(frame) == PLAN_FRAME);
static_assert(offsetof(frame, payload) + sizeof(vxlan) == PLAN_TUNNEL);

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

// A UDP packet of so many bytes.
frame make_frame(const uint8_t* to_mac, const uint8_t* from_mac, uint16_t bytes) {
  frame made{};
  std::copy_n(to_mac, 6, made.to_mac);
  std::copy_n(from_mac, 6, made.from_mac);
  made.eth_type = htons(0x0800);
  made.version_ihl = 0x45;
  made.length = htons(bytes - 14);
  made.ttl = PLAN_TTL;
  made.protocol = IPPROTO_UDP;
  made.udp_length = htons(bytes - 14 - 20);
  return made;
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
  frame outer = make_frame(sending.to_mac, sending.from_mac, PLAN_TUNNEL + PLAN_FRAME);
  outer.source = htonl(tunnel.local);
  outer.destination = htonl(tunnel.remote);
  outer.ip_sum = static_cast<uint16_t>(~fold(sum_words(&outer.version_ihl, 20)));
  outer.destination_port = htons(PLAN_TUNNEL_PORT);
  const vxlan inside{.flags = htonl(kHasVni), .vni = htonl(tunnel.vni << 8)};
  std::memcpy(outer.payload, &inside, sizeof(inside));
  std::memcpy(headers.front.data(), &outer, headers.front.size());
}

}   // namespace

Headers make_headers(const plan& sending, const EndConfig& host) {
  Headers made;
  const auto& tunnel = host.tunnel;
  made.frame = tunnel ? make_frame(tunnel->gateway_mac.data(), tunnel->mac.data(), PLAN_FRAME)
                      : make_frame(sending.to_mac, sending.from_mac, PLAN_FRAME);
  made.ip_sum = sum_words(&made.frame.version_ihl, 20);
  // The pseudo header says the protocol and, once more, the length.
  made.udp_sum = htons(IPPROTO_UDP) + 2u * made.frame.udp_length;
  if (host.vlan) put_tag(made, host.vlan);
  if (tunnel) put_tunnel(made, sending, *tunnel);
  return made;
}

}   // namespace sluice::bench
