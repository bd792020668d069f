// SPDX-License-Identifier: GPL-2.0-or-later
// What a WireGuard device is told, and what it says of itself. Plain values; no I/O. Keys are Curve25519 (RFC
// 7748), written in base64 as wg(8) does. Private and preshared keys are in here: nothing prints them.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.hpp"

namespace sluice {

// Who does the work: the kernel, or wireguard-go where it cannot.
enum class WireguardBackend : uint8_t { kAuto, kKernel, kUserspace };

using WireguardKey = std::array<uint8_t, 32>;

std::string to_string(const WireguardKey& key);                 // 44 characters of base64
std::optional<WireguardKey> parse_key(std::string_view text);   // strict: 44 characters that mean 32 bytes

// The public key of a private one (X25519).
WireguardKey public_key_of(const WireguardKey& private_key);
WireguardKey make_private_key();
WireguardKey make_preshared_key();

// The other end, told apart by its public key.
struct TunnelPeer {
  WireguardKey public_key{};
  std::optional<WireguardKey> preshared;
  std::optional<Endpoint> dial;       // where it is called first; none: it calls
  std::chrono::seconds keepalive{};   // 0: off; at most 65535
  bool keepalive_by_nat =
      false;                  // nobody asked for it: one that suits the NAT on the way may take its place
  std::set<Prefix> allowed;   // inner sources that it may have, and destinations that go to it
  bool operator==(const TunnelPeer&) const = default;
};

struct Tunnel {
  WireguardKey private_key{};
  uint16_t port = 0;                          // UDP; 0: as the kernel likes
  uint32_t mark = 0;                          // of the outer packets; 0: none
  std::map<WireguardKey, TunnelPeer> peers;   // by public key
  bool operator==(const Tunnel&) const = default;
};

struct PeerState {
  std::optional<Endpoint> endpoint;   // where it was heard last, or is called
  std::optional<std::chrono::system_clock::time_point> last_handshake;   // none: never
  uint64_t rx_bytes = 0, tx_bytes = 0;
};

// Read back. `dial` of its peers is none: it is in `states`, and roams.
struct ObservedTunnel {
  Tunnel tunnel;
  std::map<WireguardKey, PeerState> states;
  bool userspace = false;   // wireguard-go has it
};

// The least that makes the one into the other. Peers that are not named keep their sessions.
struct TunnelChange {
  std::optional<WireguardKey> private_key;
  std::optional<uint16_t> port;
  std::optional<uint32_t> mark;
  std::vector<TunnelPeer> added;   // not there yet
  std::vector<TunnelPeer>
      changed;   // there: all but the session is replaced; `dial` none: where it is heard stays
  std::vector<WireguardKey> removed;
  bool empty() const;
};

// What `seen` lacks of `wanted`. A peer that is there and roams is not called back to where it was.
TunnelChange difference(const Tunnel& wanted, const ObservedTunnel& seen);
// What takes the change back, as `seen` was before it. Sessions of peers that were removed are gone.
TunnelChange inverse_of(const TunnelChange& change, const ObservedTunnel& seen);

}   // namespace sluice
