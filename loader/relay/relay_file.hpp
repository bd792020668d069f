// SPDX-License-Identifier: GPL-2.0-or-later
// What a relay tells a client (`sluice relay config`), and the client reads. Nothing in it is secret. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/address.hpp"
#include "model/relay.hpp"

namespace sluice {

struct RelayFile {
  std::string client;                           // as the relay calls it
  WireguardKey public_key{};                    // of the relay's tunnel
  std::vector<Endpoint> endpoints;              // where its tunnel is called, of either family; never empty
  std::optional<IpAddress> address, address6;   // the client's own in the tunnel; one of both at least
  std::optional<IpAddress> relay_address, relay_address6;   // of the same families
  uint16_t port = 0;                                        // of the relay, that leads to the client
  uint16_t to_port = kWireguardPort;                        // of the client, that it leads to
  uint32_t mtu = 0;                                         // of the tunnel, bytes
  std::optional<uint16_t> tcp;                              // of the same addresses: the tunnel over TLS
  bool operator==(const RelayFile&) const = default;
};

inline constexpr size_t kMostRelayFileBytes = 16'384;

std::string to_text(const RelayFile& file);   // JSON
// Failure (kInvalidDocument): what is missing or makes no sense. Comments are allowed, other keys are not.
Result<RelayFile> parse_relay_file(std::string_view text);

}   // namespace sluice
