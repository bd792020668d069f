// SPDX-License-Identifier: GPL-2.0-or-later
// A name of DNS that leads to the gateway, wherever that is.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "model/address.hpp"

namespace sluice {

// A server that takes updates of a zone (RFC 2136), with a TSIG key (RFC 8945).
struct DnsUpdates {
  Endpoint server;
  std::string zone, key_file;
  bool operator==(const DnsUpdates&) const = default;
};

// A provider that is told by HTTPS. Files that are named relatively are below the state folder.
struct DnsProvider {
  std::string url, token_file;
  std::string ca_file;   // that its certificate is by; empty: those of the system
  bool operator==(const DnsProvider&) const = default;
};

struct DynamicDns {
  std::string name;   // in small letters, without the last dot
  std::chrono::seconds ttl{60};
  std::optional<DnsUpdates> updates;     // either this
  std::optional<DnsProvider> provider;   // or that
  bool operator==(const DynamicDns&) const = default;
};

// Where the gateway is reached from outside.
struct OutsideSpot {
  std::optional<IpAddress> ipv4, ipv6;
  uint16_t port = 0;   // of WireGuard; 0: none
  bool is_nowhere() const { return !ipv4 && !ipv6; }
  bool operator==(const OutsideSpot&) const = default;
};

}   // namespace sluice
