// SPDX-License-Identifier: GPL-2.0-or-later
// The table of pods.
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

}   // namespace

std::span<const Column> pod_columns() { return kPods; }

}   // namespace sluice::cli
