// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of clients of this relay, and of relays that this gateway is reached through.
#include "cli/cells.hpp"
#include "cli/columns.hpp"

namespace sluice::cli {
namespace {
using enum Align;
using enum Show;

constexpr Column kRelayClients[] = {
    {"NAME", text<"name">},
    {"PORT", text<"port">, kRight},
    {"STATE", text<"state">},
    {"WAY", text<"way">},
    {"BYTES", bytes<"bytes">, kRight},
    {"THIS MONTH", bytes<"month_bytes">, kRight},
    {"QUOTA", text<"quota">, kRight},
    {"LAST SEEN", text<"last_seen">},
    {"FROM", text<"from">, kLeft, kWide},
    {"ADDRESS", text<"address">, kLeft, kWide},
    {"IPV6 ADDRESS", text<"address6">, kLeft, kWide},
    {"TO PORT", text<"to_port">, kRight, kWide},
    {"RATE", text<"rate">, kRight, kWide},
    {"RX BYTES", bytes<"rx_bytes">, kRight, kWide},
    {"TX BYTES", bytes<"tx_bytes">, kRight, kWide},
    {"PUBLIC KEY", text<"public_key">, kLeft, kWide},
};

std::string in_use(const nlohmann::json& row, const Look&) {
  return member(row, "in_use") == true ? "yes" : "no";
}

constexpr Column kRelays[] = {
    {"NAME", text<"name">},
    {"STATE", text<"state">},
    {"IN USE", in_use},
    {"WAY", text<"way">},
    {"CALLERS GO TO", text<"endpoint">},
    {"LATENCY MS", text<"latency_ms">, kRight},
    {"LAST SEEN", text<"last_seen">},
    {"BYTES", bytes<"bytes">, kRight},
    {"DEVICE", text<"device">, kLeft, kWide},
    {"DIALLED", text<"dial">, kLeft, kWide},
    {"RX BYTES", bytes<"rx_bytes">, kRight, kWide},
    {"TX BYTES", bytes<"tx_bytes">, kRight, kWide},
    {"REASON", text<"reason">, kLeft, kWide},
};

}   // namespace

std::span<const Column> used_relay_columns() { return kRelays; }

std::span<const Column> relay_columns() { return kRelayClients; }

}   // namespace sluice::cli
