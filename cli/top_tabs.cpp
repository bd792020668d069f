// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/top_tabs.hpp"

#include <iterator>

#include "base/text.hpp"
#include "cli/cells.hpp"
#include "cli/flow_cells.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;
using enum Align;

// Bytes as bits: what lines are sold by.
template <Key key>
std::string bits(const json& row, const Look&) {
  const auto number = natural(member(row, key.view()));
  return number ? format_count(*number * 8) : text_at(row, key.view());
}

constexpr TopColumn kInterfaceTop[] = {
    {{"INTERFACE", text<"name">}, "name"},
    {{"ZONE", text<"zone">}, "zone", 2},
    {{"STATE", text<"state">}, "state", 1},
    {{"IN BIT/S", bits<"rx_bytes_per_second">, kRight}, "rx_bytes_per_second"},
    {{"IN PKT/S", count<"rx_packets_per_second">, kRight}, "rx_packets_per_second"},
    {{"OUT BIT/S", bits<"tx_bytes_per_second">, kRight}, "tx_bytes_per_second"},
    {{"OUT PKT/S", count<"tx_packets_per_second">, kRight}, "tx_packets_per_second"},
    {{"DROPS/S", count<"dropped_packets_per_second">, kRight}, "dropped_packets_per_second"},
    {{"HOOK", text<"hook">}, "hook", 3},
    {{"DROPPED", count<"dropped_packets">, kRight}, "dropped_packets", 4},
};

constexpr TopColumn kTalkerTop[] = {
    {{"HOST", text<"address">}, "address"},
    {{"ZONE", text<"zone">}, {}, 1},
    {{"SENT BIT/S", bits<"sent_bytes_per_second">, kRight}, "sent_bytes_per_second"},
    {{"GOT BIT/S", bits<"received_bytes_per_second">, kRight}, "received_bytes_per_second"},
    {{"BIT/S", bits<"bytes_per_second">, kRight}, "bytes_per_second", 3},
    {{"PKT/S", count<"packets_per_second">, kRight}, "packets_per_second"},
    {{"FLOWS", count<"flows">, kRight}, "flows"},
    {{"BYTES", bytes<"bytes">, kRight}, "bytes", 2},
    {{"VRF", text<"vrf">}, {}, 4},
};

constexpr TopColumn kFlowTop[] = {
    {{"PROTO", text<"protocol">}, "protocol"},
    {{"SOURCE", flow_source}, "source"},
    {{"DESTINATION", flow_destination}, "destination"},
    {{"BIT/S", bits<"bytes_per_second">, kRight}, "bytes_per_second"},
    {{"PKT/S", count<"packets_per_second">, kRight}, "packets_per_second", 2},
    {{"BYTES", bytes<"bytes">, kRight}, "bytes", 1},
    {{"POLICY", text<"policy">}, {}, 3},
    {{"STATE", text<"state">}, "state", 4},
    {{"IDLE", seconds<"idle_seconds">, kRight}, "idle_seconds", 5},
    {{"PACKETS", count<"packets">, kRight}, "packets", 7},
    {{"TRANSLATION", flow_translation}, {}, 6},
};

constexpr TopColumn kServiceTop[] = {
    {{"SERVICE", text<"service">}, "service"},
    {{"BACKEND", text<"backend">}, "backend"},
    {{"ADDRESS", text<"address">}, "address", 2},
    {{"STATE", text<"state">}, "state"},
    {{"CONNECTIONS", count<"connections">, kRight}, "connections"},
    {{"BIT/S", bits<"bytes_per_second">, kRight}, "bytes_per_second"},
    {{"PKT/S", count<"packets_per_second">, kRight}, "packets_per_second", 1},
    {{"LATENCY MS", text<"latency_ms">, kRight}, "latency_ms", 4},
    {{"BYTES", bytes<"bytes">, kRight}, "bytes", 3},
    {{"REASON", text<"reason">}, "reason", 5},
};

constexpr TopColumn kTenantTop[] = {
    {{"TENANT", text<"name">}, "name"},
    {{"IN BIT/S", bits<"rx_bytes_per_second">, kRight}, "rx_bytes_per_second"},
    {{"IN PKT/S", count<"rx_packets_per_second">, kRight}, "rx_packets_per_second"},
    {{"SENT BIT/S", bits<"sent_bytes_per_second">, kRight}, "sent_bytes_per_second"},
    {{"WAITING", bytes<"waiting_bytes">, kRight}, "waiting_bytes", 2},
    {{"DROPS/S", count<"dropped_packets_per_second">, kRight}, "dropped_packets_per_second"},
    {{"IN BYTES", bytes<"rx_bytes">, kRight}, "rx_bytes", 1},
    {{"INTERFACES", text<"interfaces">}, {}, 3},
    {{"DROPPED", count<"dropped_packets">, kRight}, "dropped_packets", 4},
};

constexpr TopColumn kDropTop[] = {
    {{"REASON", text<"reason">}, "reason"},
    {{"INTERFACE", text<"interface">}, "interface"},
    {{"PKT/S", count<"packets_per_second">, kRight}, "packets_per_second"},
    {{"BIT/S", bits<"bytes_per_second">, kRight}, "bytes_per_second", 2},
    {{"PACKETS", count<"packets">, kRight}, "packets"},
    {{"BYTES", bytes<"bytes">, kRight}, "bytes", 3},
    {{"WHY", text<"text">}, "text", 1},
};

constexpr TopColumn kEndpointTop[] = {
    {{"NETWORK", text<"network">}, "network"},
    {{"NAME", text<"name">}, "name"},
    {{"STATE", text<"state">}, "state"},
    {{"ADDRESS", text<"address">}, "address", 2},
    {{"IN BIT/S", bits<"rx_bytes_per_second">, kRight}, "rx_bytes_per_second"},
    {{"OUT BIT/S", bits<"tx_bytes_per_second">, kRight}, "tx_bytes_per_second"},
    {{"DROPS/S", count<"drops_per_second">, kRight}, "drops_per_second", 1},
    {{"LAST HANDSHAKE", text<"last_handshake">}, "last_handshake", 3},
    {{"DIAL", text<"dial">}, "dial", 4},
};

constexpr TopTab kTopTabs[] = {
    {TopKind::kInterfaces, kInterfaceTop, 3, "the document in force has no interfaces"},
    {TopKind::kTalkers, kTalkerTop, 4, "nobody speaks through the gateway"},
    {TopKind::kFlows, kFlowTop, 3, "there are no flows"},
    {TopKind::kServices, kServiceTop, 5, "the document in force has no services"},
    {TopKind::kTenants, kTenantTop, 1, "no document is in force"},
    {TopKind::kDrops, kDropTop, 2, "nothing was dropped"},
    {TopKind::kEndpoints, kEndpointTop, 4, "the document in force has no networks with endpoints"},
};
static_assert(std::size(kTopTabs) == kTopNames.size());

}   // namespace

std::span<const TopTab> top_tabs() { return kTopTabs; }

std::string key_of_row(TopKind kind, const json& row) {
  const auto join_of = [&](auto... fields) { return ((text_at(row, fields) + '\n') + ...); };
  switch (kind) {
    case TopKind::kTalkers: return join_of("address", "vrf");
    case TopKind::kFlows:
      return join_of("protocol", "from_vrf") + flow_source(row, {}) + '\n' + flow_destination(row, {});
    case TopKind::kServices: return join_of("service", "backend", "underlay", "address");
    case TopKind::kDrops: return join_of("reason", "interface");
    case TopKind::kEndpoints: return join_of("network", "name");
    case TopKind::kInterfaces:
    case TopKind::kTenants: break;
  }
  return join_of("name");
}

}   // namespace sluice::cli
