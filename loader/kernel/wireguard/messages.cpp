// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/wireguard/messages.hpp"

#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/time_types.h>
#include <linux/wireguard.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <span>

#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/attributes.hpp"
#include "kernel/wireguard/readings.hpp"

namespace sluice {
namespace {

using Allowed = std::set<Prefix>::const_iterator;

// What a message says of one peer.
struct PeerPart {
  const WireguardKey* key;
  uint32_t flags;
  const TunnelPeer* settings = nullptr;   // beside the prefixes; null: nothing of them
  Allowed first{}, last{};
};

constexpr uint32_t kIpv6Prefix = 40;      // bytes of the longest prefix: its nest, family, address and length
constexpr ptrdiff_t kPartPrefixes = 64;   // of a peer in one message: 2,560 bytes at most
constexpr size_t kDevicePart = 128;       // headers, name, private key, port, mark, the nest of the peers
constexpr size_t kPeerPart = 136;         // nest, key, flags, preshared key, endpoint, keepalive, nest

size_t size_of(const PeerPart& part) {
  return kPeerPart + static_cast<size_t>(std::distance(part.first, part.last)) * kIpv6Prefix;
}

void add_parts(const TunnelPeer& peer, uint32_t flags, std::vector<PeerPart>& parts) {
  auto first = peer.allowed.begin();
  const TunnelPeer* settings = &peer;
  do {
    const auto last = std::next(first, std::min(kPartPrefixes, std::distance(first, peer.allowed.end())));
    parts.push_back({&peer.public_key, flags, settings, first, last});
    first = last;
    settings = nullptr;
    flags = WGPEER_F_UPDATE_ONLY;   // what goes on adds to what the first part began
  } while (first != peer.allowed.end());
}

std::vector<PeerPart> parts_of(const TunnelChange& change) {
  std::vector<PeerPart> parts;
  for (const WireguardKey& key : change.removed) parts.push_back({&key, WGPEER_F_REMOVE_ME});
  for (const TunnelPeer& peer : change.changed)
    add_parts(peer, WGPEER_F_UPDATE_ONLY | WGPEER_F_REPLACE_ALLOWEDIPS, parts);
  for (const TunnelPeer& peer : change.added) add_parts(peer, WGPEER_F_REPLACE_ALLOWEDIPS, parts);
  return parts;
}

std::span<const uint8_t> raw(const void* data, size_t size) {
  return {static_cast<const uint8_t*>(data), size};
}

NlRequest&& put_endpoint(NlRequest&& peer, const Endpoint& dial) {
  const auto bytes = wire_bytes(dial.address);
  if (dial.address.is_ipv4()) {
    sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(dial.port)};
    std::memcpy(&address.sin_addr, bytes.data(), bytes.size());
    return std::move(peer).bytes(WGPEER_A_ENDPOINT, raw(&address, sizeof(address)));
  }
  sockaddr_in6 address{.sin6_family = AF_INET6, .sin6_port = htons(dial.port)};
  std::memcpy(&address.sin6_addr, bytes.data(), bytes.size());
  return std::move(peer).bytes(WGPEER_A_ENDPOINT, raw(&address, sizeof(address)));
}

NlRequest&& put_settings(NlRequest&& request, const TunnelPeer& peer) {
  auto&& told =
      std::move(request)
          .bytes(WGPEER_A_PRESHARED_KEY, peer.preshared.value_or(WireguardKey{}))   // zeros: none
          .u16(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, static_cast<uint16_t>(peer.keepalive.count()));
  return peer.dial ? put_endpoint(std::move(told), *peer.dial) : std::move(told);
}

void put_prefix(NlRequest& list, const Prefix& prefix) {
  std::move(list).nest(0, [&](NlRequest&& one) {
    std::move(one)
        .u16(WGALLOWEDIP_A_FAMILY, prefix.address.is_ipv4() ? AF_INET : AF_INET6)
        .bytes(WGALLOWEDIP_A_IPADDR, wire_bytes(prefix.address))
        .u8(WGALLOWEDIP_A_CIDR_MASK, prefix.length);
  });
}

void put_peer(NlRequest& list, const PeerPart& part) {
  std::move(list).nest(0, [&](NlRequest&& peer) {
    auto&& named = std::move(peer).bytes(WGPEER_A_PUBLIC_KEY, *part.key).u32(WGPEER_A_FLAGS, part.flags);
    auto&& told = part.settings ? put_settings(std::move(named), *part.settings) : std::move(named);
    if (part.first == part.last) return;
    std::move(told).nest(WGPEER_A_ALLOWEDIPS, [&](NlRequest&& prefixes) {
      for (Allowed at = part.first; at != part.last; ++at) put_prefix(prefixes, *at);
    });
  });
}

NlRequest&& put_device(NlRequest&& request, const TunnelChange& change) {
  auto&& keyed = change.private_key ? std::move(request).bytes(WGDEVICE_A_PRIVATE_KEY, *change.private_key)
                                    : std::move(request);
  auto&& reached =
      change.port ? std::move(keyed).u16(WGDEVICE_A_LISTEN_PORT, *change.port) : std::move(keyed);
  return change.mark ? std::move(reached).u32(WGDEVICE_A_FWMARK, *change.mark) : std::move(reached);
}

NlRequest&& put_peers(NlRequest&& request, std::span<const PeerPart> parts) {
  if (parts.empty()) return std::move(request);
  return std::move(request).nest(WGDEVICE_A_PEERS, [&](NlRequest&& peers) {
    for (const PeerPart& part : parts) put_peer(peers, part);
  });
}

NlRequest change_request(uint16_t family, const std::string& device, const TunnelChange& of_device,
                         std::span<const PeerPart> peers) {
  NlRequest named = NlRequest(family, 0, "change the tunnel " + device)
                        .header(genlmsghdr{.cmd = WG_CMD_SET_DEVICE, .version = WG_GENL_VERSION})
                        .text(WGDEVICE_A_IFNAME, device);
  return put_peers(put_device(std::move(named), of_device), peers);
}

// As many as one message holds, and at least one.
std::span<const PeerPart> take_fitting(std::span<const PeerPart>& left) {
  size_t size = kDevicePart, count = 0;
  while (count < left.size() && size + size_of(left[count]) <= kLargestTunnelMessage)
    size += size_of(left[count++]);
  const auto taken = left.first(count);
  left = left.subspan(count);
  return taken;
}

}   // namespace

std::vector<NlRequest> tunnel_change_requests(uint16_t family, const std::string& device,
                                              const TunnelChange& change) {
  std::vector<NlRequest> requests;
  if (change.empty()) return requests;
  const auto parts = parts_of(change);
  std::span<const PeerPart> left(parts);
  const TunnelChange nothing_more;
  do {
    const TunnelChange& of_device = requests.empty() ? change : nothing_more;
    requests.push_back(change_request(family, device, of_device, take_fitting(left)));
  } while (!left.empty());
  return requests;
}

NlRequest tunnel_request(uint16_t family, const std::string& device) {
  return NlRequest(family, 0, "look at the tunnel " + device)
      .header(genlmsghdr{.cmd = WG_CMD_GET_DEVICE, .version = WG_GENL_VERSION})
      .text(WGDEVICE_A_IFNAME, device);
}

namespace {

// Absent, or of another length than it must have.
template <class Value>
std::optional<Value> value_in(const Attributes& attributes, uint16_t type) {
  const auto bytes = attributes.bytes(type);
  Value value{};
  if (bytes.size() != sizeof(value)) return std::nullopt;
  std::memcpy(&value, bytes.data(), sizeof(value));
  return value;
}

std::optional<Endpoint> parse_peer_endpoint(const Attributes& said) {
  if (const auto v4 = value_in<sockaddr_in>(said, WGPEER_A_ENDPOINT); v4 && v4->sin_family == AF_INET)
    return Endpoint{IpAddress::from_ipv4(ntohl(v4->sin_addr.s_addr)), ntohs(v4->sin_port)};
  const auto v6 = value_in<sockaddr_in6>(said, WGPEER_A_ENDPOINT);
  if (!v6 || v6->sin6_family != AF_INET6) return std::nullopt;
  const auto address = parse_ip(AF_INET6, raw(&v6->sin6_addr, sizeof(v6->sin6_addr)));
  return address ? std::optional(Endpoint{*address, ntohs(v6->sin6_port)}) : std::nullopt;
}

std::optional<Prefix> parse_allowed(const Attributes& said) {
  const auto family = said.u16(WGALLOWEDIP_A_FAMILY);
  const auto length = value_in<uint8_t>(said, WGALLOWEDIP_A_CIDR_MASK);
  if (!family || !length) return std::nullopt;
  const auto address = parse_ip(static_cast<uint8_t>(*family), said.bytes(WGALLOWEDIP_A_IPADDR));
  if (!address || *length > address->bits()) return std::nullopt;
  return Prefix::of({*address, *length});
}

TunnelPeer parse_peer(const WireguardKey& key, const Attributes& said) {
  TunnelPeer peer{.public_key = key};
  peer.preshared =
      preshared_of(value_in<WireguardKey>(said, WGPEER_A_PRESHARED_KEY).value_or(WireguardKey{}));
  peer.keepalive = std::chrono::seconds(said.u16(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL).value_or(0));
  for (const Attributes& one : Attributes::list_in(said.bytes(WGPEER_A_ALLOWEDIPS), 0))
    if (const auto prefix = parse_allowed(one)) peer.allowed.insert(*prefix);
  return peer;
}

PeerState parse_peer_state(const Attributes& said) {
  PeerState state{.endpoint = parse_peer_endpoint(said)};
  state.rx_bytes = value_in<uint64_t>(said, WGPEER_A_RX_BYTES).value_or(0);
  state.tx_bytes = value_in<uint64_t>(said, WGPEER_A_TX_BYTES).value_or(0);
  if (const auto at = value_in<__kernel_timespec>(said, WGPEER_A_LAST_HANDSHAKE_TIME))
    state.last_handshake =
        handshake_at(static_cast<uint64_t>(at->tv_sec), static_cast<uint64_t>(at->tv_nsec));
  return state;
}

void take_peer(ObservedTunnel& seen, TunnelPeer peer, PeerState state) {
  const auto [at, fresh] = seen.tunnel.peers.try_emplace(peer.public_key);
  if (fresh) {
    seen.states.emplace(peer.public_key, state);
    at->second = std::move(peer);
  } else {
    at->second.allowed.merge(peer.allowed);
  }
}

}   // namespace

std::optional<ObservedTunnel> parse_tunnel_part(const nlmsghdr& message) {
  const auto* header = fixed_part<genlmsghdr>(message);
  if (!header || header->cmd != WG_CMD_GET_DEVICE) return std::nullopt;
  const Attributes said = Attributes::of(message, sizeof(*header));
  ObservedTunnel part;
  part.tunnel.private_key = value_in<WireguardKey>(said, WGDEVICE_A_PRIVATE_KEY).value_or(WireguardKey{});
  part.tunnel.port = said.u16(WGDEVICE_A_LISTEN_PORT).value_or(0);
  part.tunnel.mark = said.u32(WGDEVICE_A_FWMARK).value_or(0);
  for (const Attributes& one : Attributes::list_in(said.bytes(WGDEVICE_A_PEERS), 0))
    if (const auto key = value_in<WireguardKey>(one, WGPEER_A_PUBLIC_KEY))
      take_peer(part, parse_peer(*key, one), parse_peer_state(one));
  return part;
}

ObservedTunnel merge_tunnel_parts(std::vector<ObservedTunnel> parts) {
  if (parts.empty()) return {};
  ObservedTunnel whole = std::move(parts.front());
  for (ObservedTunnel& part : std::span(parts).subspan(1))
    for (auto& [key, peer] : part.tunnel.peers) take_peer(whole, std::move(peer), part.states.at(key));
  return whole;
}

}   // namespace sluice
