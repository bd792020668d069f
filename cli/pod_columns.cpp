// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of pods and containers.
#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/cells.hpp"
#include "cli/columns.hpp"

namespace sluice::cli {
namespace {
using enum Align;
using enum Show;

std::string published(const nlohmann::json& pod, const Look&) {
  std::vector<std::string> ports;
  for (const nlohmann::json& service : pod.at("services"))
    if (service.at("outside_port").is_number())
      ports.push_back(fmt::format("{}:{}", service.at("name").get<std::string>(),
                                  service.at("outside_port").get<unsigned>()));
  return ports.empty() ? "-" : join(ports, ",");
}

constexpr Column kPods[] = {
    {"NAME", text<"name">},
    {"OWNER", text<"owner">},
    {"STATE", text<"state">},
    {"ADDRESS", text<"address">},
    {"NAMESPACE", text<"namespace">},
    {"DEVICE", text<"device">, kLeft, kWide},
    {"VRF", text<"vrf">, kLeft, kWide},
    {"PUBLISHED", published},
    {"GUARANTEED", text<"guaranteed">, kRight, kWide},
    {"MAXIMUM", text<"maximum">, kRight, kWide},
    {"RX BYTES", bytes<"rx_bytes">, kRight},
    {"TX BYTES", bytes<"tx_bytes">, kRight},
    {"DROPS", count<"drops">, kRight},
};

std::string ports_that_lead_to(const nlohmann::json& container, const Look&) {
  std::vector<std::string> ports;
  for (const nlohmann::json& port : container.at("ports"))
    ports.push_back(fmt::format("{}:{}/{}", port.at("host_port").get<unsigned>(),
                                port.at("port").get<unsigned>(), port.at("protocol").get<std::string>()));
  return ports.empty() ? "-" : join(ports, ",");
}

constexpr Column kContainers[] = {
    {"NAME", text<"name">},
    {"ID", text<"id">, kLeft, kWide},
    {"ZONE", text<"zone">},
    {"POD", text<"pod">},
    {"STATE", text<"state">},
    {"ADDRESS", text<"address">},
    {"IPV6 ADDRESS", text<"address6">, kLeft, kWide},
    {"PORTS", ports_that_lead_to},
    {"DEVICE", text<"device">, kLeft, kWide},
    {"NETWORK", text<"network">, kLeft, kWide},
    {"SINCE", text<"since">},
    {"RX BYTES", bytes<"rx_bytes">, kRight},
    {"TX BYTES", bytes<"tx_bytes">, kRight},
    {"DROPS", count<"drops">, kRight},
};

}   // namespace

std::span<const Column> further_columns_of(std::string_view object) {
  if (object == "pods") return kPods;
  if (object == "containers") return kContainers;
  if (object == "relay") return relay_columns();
  if (object == "relays") return used_relay_columns();
  if (object == "ssh") return ssh_columns();
  if (object == "certificates") return certificate_columns();
  return object == "leases" ? lease_columns() : std::span<const Column>();
}

}   // namespace sluice::cli
