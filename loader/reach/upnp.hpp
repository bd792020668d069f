// SPDX-License-Identifier: GPL-2.0-or-later
// What a router is asked by UPnP IGD: plain values, and their lines of JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/address.hpp"

namespace sluice {

struct UpnpAsk {
  std::string device;              // that leads to the router
  IpAddress local, router;         // IPv4
  uint16_t port = 0, wanted = 0;   // ours; outside
  std::chrono::seconds life{0};    // 0: it is to end
  std::string location = {};       // of its description, as it answered before; empty: it is searched for
  bool operator==(const UpnpAsk&) const = default;
};

struct UpnpAnswer {
  std::string trouble;            // empty: it is done
  Endpoint outside;               // the address may be unspecified: the router does not tell it
  std::chrono::seconds life{0};   // 0: for ever
  std::string location = {};      // of the description of the router
  bool operator==(const UpnpAnswer&) const = default;
};

std::string encode_upnp_ask(const UpnpAsk& ask);
Result<UpnpAsk> decode_upnp_ask(std::string_view line);
std::string encode_upnp_answer(const UpnpAnswer& answer);
Result<UpnpAnswer> decode_upnp_answer(std::string_view line);

}   // namespace sluice
