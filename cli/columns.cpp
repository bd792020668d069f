// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/columns.hpp"

#include <utility>

#include "cli/cells.hpp"
#include "cli/flow_cells.hpp"

namespace sluice::cli {
namespace {
using enum Align;
using enum Show;

constexpr Column kInterfaces[] = {
    {"INTERFACE", text<"name">},
    {"INDEX", text<"index">, kRight, kWide},
    {"ZONE", text<"zone">},
    {"VRF", text<"vrf">, kLeft, kWide},
    {"STATE", text<"state">, kLeft, kAlways, true},
    {"HOOK", text<"hook">},
    {"MTU", text<"mtu">, kRight},
    {"RX PACKETS", count<"rx_packets">, kRight},
    {"RX BYTES", bytes<"rx_bytes">, kRight, kWide},
    {"FORWARDED", count<"forwarded_packets">, kRight},
    {"FORWARDED BYTES", bytes<"forwarded_bytes">, kRight, kWide},
    {"TO HOST", count<"to_host_packets">, kRight},
    {"FROM HOST", count<"from_host_packets">, kRight, kWide},
    {"DROPPED", count<"dropped_packets">, kRight},
    {"ADDRESSES", text<"addresses">},
    {"HOOK REASON", text<"hook_reason">, kLeft, kWide},
};

constexpr Column kStatusInterfaces[] = {
    {"INTERFACE", text<"name">},
    {"ZONE", text<"zone">},
    {"STATE", text<"state">, kLeft, kAlways, true},
    {"HOOK", text<"hook">},
};

constexpr Column kStatusTables[] = {
    {"TABLE", text<"name">},
    {"ROWS", count<"rows">, kRight},
    {"ROOM", count<"room">, kRight},
    {"MEMORY", bytes<"bytes">, kRight},
};

constexpr Column kFlows[] = {
    {"PROTOCOL", text<"protocol">},
    {"STATE", text<"state">, kLeft, kAlways, true},
    {"FROM", text<"from_zone">, kLeft, kWide},
    {"TO", text<"to_zone">, kLeft, kWide},
    {"FROM VRF", text<"from_vrf">, kLeft, kWide},
    {"TO VRF", text<"to_vrf">, kLeft, kWide},
    {"SOURCE", flow_source},
    {"DESTINATION", flow_destination},
    {"TRANSLATION", flow_translation},
    {"POLICY", text<"policy">},
    {"NAT", text<"nat">, kLeft, kWide},
    {"IN", text<"interface_in">, kLeft, kWide},
    {"OUT", text<"interface_out">, kLeft, kWide},
    {"PACKETS", flow_packets, kRight},
    {"BYTES", flow_bytes, kRight},
    {"REPLY PACKETS", flow_reply_packets, kRight, kWide},
    {"REPLY BYTES", flow_reply_bytes, kRight, kWide},
    {"IDLE", seconds<"idle_seconds">, kRight},
    {"EXPIRES", seconds<"expires_seconds">, kRight, kWide},
};

constexpr Column kMappings[] = {
    {"PROTOCOL", text<"protocol">},
    {"VRF", text<"vrf">, kLeft, kWide},
    {"INSIDE", endpoint<"inside", "inside_port">},
    {"OUTSIDE VRF", text<"outside_vrf">, kLeft, kWide},
    {"OUTSIDE", endpoint<"outside", "outside_port">},
    {"MASQUERADE", text<"masquerade">},
    {"FLOWS", count<"flows">, kRight},
};

constexpr Column kVrfs[] = {
    {"VRF", text<"name">},
    {"TABLE", text<"table">, kRight},
    {"DEVICE", text<"device">},
    {"INTERFACES", text<"interfaces">},
    {"ZONES", text<"zones">},
    {"FLOWS", count<"flows">, kRight},
    {"RX PACKETS", count<"rx_packets">, kRight},
    {"RX BYTES", bytes<"rx_bytes">, kRight, kWide},
    {"FORWARDED", count<"forwarded_packets">, kRight},
    {"FORWARDED BYTES", bytes<"forwarded_bytes">, kRight, kWide},
    {"DROPPED", count<"dropped_packets">, kRight},
    {"DROPPED BYTES", bytes<"dropped_bytes">, kRight, kWide},
};

constexpr Column kPolicies[] = {
    {"POLICY", text<"name">},
    {"LINE", text<"line">, kRight, kWide},
    {"FROM", text<"from">},
    {"TO", text<"to">},
    {"ACTION", text<"action">, kLeft, kAlways, true},
    {"FLOWS", count<"flows">, kRight},
    {"PACKETS", count<"packets">, kRight},
    {"BYTES", bytes<"bytes">, kRight},
};

constexpr Column kForwards[] = {
    {"FORWARD", text<"name">},
    {"LINE", text<"line">, kRight, kWide},
    {"STATE", text<"state">, kLeft, kAlways, true},
    {"LISTEN", text<"listen">},
    {"PROTOCOL", text<"protocol">},
    {"PORTS", text<"ports">},
    {"TO", text<"to">},
    {"SOURCE", text<"source">},
    {"HALF OPEN", count<"half_open">, kRight, kWide},
    {"FLOWS", count<"flows">, kRight},
    {"PACKETS", count<"packets">, kRight},
    {"BYTES", bytes<"bytes">, kRight},
};

constexpr Column kServices[] = {
    {"SERVICE", text<"service">},
    {"BACKEND", text<"backend">},
    {"UNDERLAY", text<"underlay">},
    {"ADDRESS", text<"address">},
    {"STATE", text<"state">, kLeft, kAlways, true},
    {"WEIGHT", count<"weight">, kRight},
    {"LATENCY MS", text<"latency_ms">, kRight, kWide},
    {"CONNECTIONS", count<"connections">, kRight},
    {"FLOWS", count<"flows">, kRight, kWide},
    {"PACKETS", count<"packets">, kRight},
    {"BYTES", bytes<"bytes">, kRight},
    {"SINCE", text<"since">, kLeft, kWide},
    {"REASON", text<"reason">, kLeft, kWide},
};

constexpr Column kLimits[] = {
    {"LIMIT", text<"name">},
    {"LINE", text<"line">, kRight, kWide},
    {"DIRECTION", text<"direction">, kLeft, kWide},
    {"KEY", text<"key">},
    {"RATE", text<"rate">, kRight},
    {"BURST", text<"burst">, kRight},
    {"ACTION", text<"action">, kLeft, kAlways, true},
    {"PASSED", count<"passed_packets">, kRight},
    {"PASSED BYTES", bytes<"passed_bytes">, kRight},
    {"EXCEEDED", count<"exceeded_packets">, kRight},
    {"EXCEEDED BYTES", bytes<"exceeded_bytes">, kRight},
};

constexpr Column kTenants[] = {
    {"TENANT", text<"name">},
    {"INTERFACE", text<"interface">},
    {"GUARANTEED", text<"guaranteed">, kRight},
    {"MAXIMUM", text<"maximum">, kRight},
    {"SENT", count<"sent_packets">, kRight},
    {"SENT BYTES", bytes<"sent_bytes">, kRight},
    {"WAITING", count<"waiting_packets">, kRight},
    {"WAITING BYTES", bytes<"waiting_bytes">, kRight, kWide},
    {"DROPPED", count<"dropped_packets">, kRight},
};

constexpr Column kNetworks[] = {
    {"NETWORK", text<"name">},
    {"TYPE", text<"type">},
    {"VCID", text<"vcid">, kRight},
    {"PORT", text<"port">, kRight},
    {"SUBNET", text<"subnet">},
    {"SUBNET6", text<"subnet6">, kLeft, kWide},
    {"ZONE", text<"zone">},
    {"VRF", text<"vrf">},
    {"DEVICE", text<"device">, kLeft, kWide},
    {"MTU", text<"mtu">, kRight, kWide},
    {"L2 MTU", text<"l2_mtu">, kRight, kWide},
    {"VNI", text<"vni">, kRight, kWide},
    {"VLANS", text<"vlans">, kLeft, kWide},
    {"BACKEND", text<"backend">},
    {"ROUTING", text<"routing">},
    {"ENDPOINTS", count<"endpoints">, kRight},
    {"ACTIVE", count<"active">, kRight},
    {"RX BYTES", bytes<"rx_bytes">, kRight},
    {"TX BYTES", bytes<"tx_bytes">, kRight},
    {"DROPS", count<"drops">, kRight},
};

constexpr Column kEndpoints[] = {
    {"NETWORK", text<"network">},
    {"NAME", text<"name">},
    {"TYPE", text<"type">},
    {"ADDRESS", text<"address">},
    {"ADDRESS6", text<"address6">, kLeft, kWide},
    {"PUBLIC KEY", text<"public_key">, kLeft, kWide},
    {"VERSION", text<"version">, kRight, kWide},
    {"ROTATING", text<"rotating">, kLeft, kWide},
    {"DIAL", text<"dial">},
    {"ROUTING", text<"routing_state">},
    {"PREFIXES", text<"prefixes">, kRight},
    {"LAST HANDSHAKE", text<"last_handshake">},
    {"RX BYTES", bytes<"rx_bytes">, kRight},
    {"TX BYTES", bytes<"tx_bytes">, kRight},
    {"RX PACKETS", count<"rx_packets">, kRight, kWide},
    {"TX PACKETS", count<"tx_packets">, kRight, kWide},
    {"DROPS", count<"drops">, kRight},
    {"STATE", text<"state">, kLeft, kAlways, true},
};

constexpr Column kVersions[] = {
    {"VERSION", text<"version">, kRight},
    {"SINCE", text<"since">},
    {"PUBLIC KEY", text<"public_key">},
    {"CHANGED", text<"changed">},
};

std::string state_of_revision(const nlohmann::json& row, const Look&) {
  if (member(row, "pending") == true) return "unconfirmed";
  return member(row, "in_force") == true ? "in force" : "";
}

constexpr Column kRevisions[] = {
    {"REV", text<"rev">, kRight},
    {"WHEN", text<"when">},
    {"WHO", text<"who">},
    {"RESULT", text<"result">},
    {"STATE", state_of_revision},
    {"WHY", text<"why">},
    {"FILE", text<"file">, kLeft, kWide},
    {"RESULT BY", text<"result_who">, kLeft, kWide},
    {"RESULT AT", text<"result_when">, kLeft, kWide},
    {"RESULT WHY", text<"result_why">, kLeft, kWide},
};

constexpr Column kNames[] = {
    {"ZONE", text<"zone">},     {"NAME", text<"name">},       {"ADDRESS", text<"address">},
    {"ORIGIN", text<"origin">}, {"EXPIRES", text<"expires">},
};

constexpr Column kDrops[] = {
    {"NUMBER", text<"number">, kRight, kWide},
    {"REASON", text<"reason">},
    {"STAGE", text<"stage">},
    {"INTERFACE", text<"interface">},
    {"PACKETS", count<"packets">, kRight},
    {"BYTES", bytes<"bytes">, kRight},
    {"WHAT", text<"text">},
};

constexpr Column kDoctorChecks[] = {
    {"STATE", text<"state">, kLeft, kAlways, true},
    {"ENGINE", text<"engine">},
    {"CHECK", text<"name">},
    {"FINDING", text<"finding">},
    {"REASON", text<"reason">, kLeft, kWide},
    {"REMEDY", text<"remedy">, kLeft, kWide},
    {"GAIN", text<"gain">, kLeft, kWide},
};

constexpr Column kDoctorInterfaces[] = {
    {"INTERFACE", text<"name">},
    {"ENGINE", text<"engine">},
    {"HOOK", text<"hook">},
    {"REASON", text<"reason">},
    {"REMEDY", text<"remedy">, kLeft, kWide},
    {"GAIN", text<"gain">, kLeft, kWide},
};

constexpr Column kDoctorSettings[] = {
    {"INTERFACE", text<"name">}, {"SETTING", text<"setting">}, {"FINDING", text<"finding">},
    {"REMEDY", text<"remedy">},  {"GAIN", text<"gain">},
};

constexpr Column kWhoseColumns[] = {
    {"INSIDE", text<"inside">}, {"PORTS", text<"ports">}, {"MASQUERADE", text<"masquerade">}};

constexpr Column kExplainColumns[] = {
    {"STAGE", text<"stage">}, {"RULE", text<"rule">}, {"FINDING", text<"finding">}};

constexpr std::pair<std::string_view, std::span<const Column>> kObjects[] = {
    {"interfaces", kInterfaces}, {"flows", kFlows},       {"mappings", kMappings},   {"policies", kPolicies},
    {"forwards", kForwards},     {"services", kServices}, {"vrfs", kVrfs},           {"limits", kLimits},
    {"tenants", kTenants},       {"networks", kNetworks}, {"endpoints", kEndpoints}, {"drops", kDrops},
    {"versions", kVersions},     {"history", kRevisions}, {"names", kNames},
};

}   // namespace

std::span<const Column> columns_of(std::string_view object) {
  for (const auto& [name, columns] : kObjects)
    if (name == object) return columns;
  return further_columns_of(object);
}

std::span<const Column> status_columns() { return kStatusInterfaces; }
std::span<const Column> table_columns() { return kStatusTables; }
std::span<const Column> doctor_check_columns() { return kDoctorChecks; }
std::span<const Column> doctor_interface_columns() { return kDoctorInterfaces; }
std::span<const Column> doctor_setting_columns() { return kDoctorSettings; }
std::span<const Column> whose_columns() { return kWhoseColumns; }
std::span<const Column> explain_columns() { return kExplainColumns; }

}   // namespace sluice::cli
