// SPDX-License-Identifier: GPL-2.0-or-later
// A network in the document of a gateway, and what is found in the document that it becomes.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>

#include "network/expand.hpp"
#include "network_fixture.hpp"

namespace sluice::test {

inline constexpr std::chrono::sys_seconds kToday{std::chrono::seconds(1'800'000'000)};

inline Interface plain_interface(std::string name, std::string zone) {
  Interface made;
  made.name = std::move(name);
  made.zone = std::move(zone);
  return made;
}

inline Network secure_internet() {
  Network network = home();
  network.device = "wg-home";
  network.zone = network.vrf = "home";
  network.table = 20'000;
  network.endpoints = {phone()};
  network.endpoints[0].public_key = key_of(9);
  return network;
}

inline Document gateway_with(Network network) {
  Document document;
  document.interfaces = {plain_interface("wan", "internet"), plain_interface("lan", "lan")};
  document.zones = {{"internet", {}, {}, {}, {}}, {"lan", {}, {}, {}, {}}, {"home", {}, {}, {}, {}}};
  document.networks = {std::move(network)};
  return document;
}

inline WayOut out_by(std::string zone) {
  return {.zone = std::move(zone), .mtu = 1500, .near = {}, .announced = {}};
}

inline Document expanded(Network network, const WayOut& way = out_by("internet")) {
  Document document = gateway_with(std::move(network));
  NetworkKeys keys;
  keys.gateways["home"] = key_of(1);
  expand(document, keys, way, kToday);
  return document;
}

inline const Policy* policy_called(const Document& document, std::string_view name) {
  const auto at = std::ranges::find(document.policies, name, &Policy::name);
  return at == document.policies.end() ? nullptr : &*at;
}

inline const Interface& device_in(const Document& document) { return document.interfaces.back(); }
inline const Wireguard& wireguard_in(const Document& document) {
  return std::get<Wireguard>(device_in(document).made);
}

}   // namespace sluice::test
