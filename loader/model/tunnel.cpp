// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/tunnel.hpp"

#include <sodium.h>

#include <algorithm>

namespace sluice {
namespace {

constexpr size_t kKeyText = 44;   // 32 bytes in base64, with the padding

void clamp(WireguardKey& key) {   // RFC 7748 section 5
  key[0] &= 248;
  key[31] &= 127;
  key[31] |= 64;
}

bool has_keepalive(const TunnelPeer& wanted, const TunnelPeer& seen) {
  return wanted.keepalive == seen.keepalive || (wanted.keepalive_by_nat && seen.keepalive.count() != 0);
}

bool differs(const TunnelPeer& wanted, const TunnelPeer& seen) {
  return wanted.preshared != seen.preshared || !has_keepalive(wanted, seen) || wanted.allowed != seen.allowed;
}

// Of a peer that was never heard: it is called where the document says.
bool is_called_elsewhere(const TunnelPeer& wanted, const ObservedTunnel& seen) {
  if (!wanted.dial) return false;
  const auto state = seen.states.find(wanted.public_key);
  return state == seen.states.end() ||
         (!state->second.last_handshake && state->second.endpoint != wanted.dial);
}

}   // namespace

std::string to_string(const WireguardKey& key) {
  std::string text(kKeyText + 1, '\0');
  sodium_bin2base64(text.data(), text.size(), key.data(), key.size(), sodium_base64_VARIANT_ORIGINAL);
  text.resize(kKeyText);
  return text;
}

std::optional<WireguardKey> parse_key(std::string_view text) {
  WireguardKey key{};
  size_t bytes = 0;
  if (text.size() != kKeyText ||
      sodium_base642bin(key.data(), key.size(), text.data(), text.size(), nullptr, &bytes, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0 ||
      bytes != key.size())
    return std::nullopt;
  return key;
}

WireguardKey public_key_of(const WireguardKey& private_key) {
  WireguardKey key{};
  crypto_scalarmult_curve25519_base(key.data(), private_key.data());
  return key;
}

WireguardKey make_private_key() {
  WireguardKey key = make_preshared_key();
  clamp(key);
  return key;
}

WireguardKey make_preshared_key() {
  WireguardKey key{};
  randombytes_buf(key.data(), key.size());
  return key;
}

bool TunnelChange::empty() const {
  return !private_key && !port && !mark && added.empty() && changed.empty() && removed.empty();
}

TunnelChange difference(const Tunnel& wanted, const ObservedTunnel& seen) {
  TunnelChange change;
  if (wanted.private_key != seen.tunnel.private_key) change.private_key = wanted.private_key;
  if (wanted.port && wanted.port != seen.tunnel.port) change.port = wanted.port;
  if (wanted.mark != seen.tunnel.mark) change.mark = wanted.mark;
  for (const auto& [key, peer] : seen.tunnel.peers)
    if (!wanted.peers.contains(key)) change.removed.push_back(key);
  for (const auto& [key, peer] : wanted.peers) {
    const auto there = seen.tunnel.peers.find(key);
    if (there == seen.tunnel.peers.end()) {
      change.added.push_back(peer);
      continue;
    }
    const bool called = is_called_elsewhere(peer, seen);
    if (!called && !differs(peer, there->second)) continue;
    change.changed.push_back(peer);
    if (!called) change.changed.back().dial.reset();   // where it is heard stays
  }
  return change;
}

TunnelChange inverse_of(const TunnelChange& change, const ObservedTunnel& seen) {
  TunnelChange inverse;
  if (change.private_key) inverse.private_key = seen.tunnel.private_key;
  if (change.port) inverse.port = seen.tunnel.port;
  if (change.mark) inverse.mark = seen.tunnel.mark;
  const auto as_before = [&](const WireguardKey& key) {
    TunnelPeer peer = seen.tunnel.peers.at(key);
    if (const auto state = seen.states.find(key); state != seen.states.end())
      peer.dial = state->second.endpoint;
    return peer;
  };
  for (const TunnelPeer& peer : change.added) inverse.removed.push_back(peer.public_key);
  for (const TunnelPeer& peer : change.changed) inverse.changed.push_back(as_before(peer.public_key));
  for (const WireguardKey& key : change.removed) inverse.added.push_back(as_before(key));
  return inverse;
}

}   // namespace sluice
