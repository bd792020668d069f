// SPDX-License-Identifier: GPL-2.0-or-later
#include "protocol.hpp"

#include <arpa/inet.h>
#include <netinet/ether.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace sluice::bench {

namespace {

using nlohmann::json;

// The address as it is on the wire.
template <typename Wire>
Wire parse_wire(int family, const std::string& text) {
  Wire address{};
  if (::inet_pton(family, text.c_str(), &address) != 1)
    throw std::invalid_argument("not an address: " + text);
  return address;
}

uint32_t parse_ipv4(const std::string& text) { return ntohl(parse_wire<uint32_t>(AF_INET, text)); }

Address parse_address(const std::string& text, bool ipv6) {
  if (!ipv6) return {.host = parse_ipv4(text)};
  const auto words = parse_wire<std::array<uint32_t, 4>>(AF_INET6, text);
  return {.network = {words[0], words[1], words[2]}, .host = ntohl(words[3])};
}

Mac parse_mac(const std::string& text) {
  ether_addr address{};
  if (!::ether_aton_r(text.c_str(), &address)) throw std::invalid_argument("not a MAC address: " + text);
  return std::to_array(address.ether_addr_octet);
}

std::optional<Tunnel> parse_tunnel(const json& end) {
  if (!end.contains("tunnel")) return std::nullopt;
  const json& text = end.at("tunnel");
  return Tunnel{.vni = text.at("vni"),
                .local = parse_ipv4(text.at("local")),
                .remote = parse_ipv4(text.at("remote")),
                .mac = parse_mac(text.at("mac")),
                .gateway_mac = parse_mac(text.at("gateway_mac")),
                .sums_by_device = text.at("sums_by_device")};
}

EndConfig parse_end(const json& text) {
  return {.netns = text.at("netns"),
          .device = text.at("device"),
          .mac = parse_mac(text.at("mac")),
          .gateway_mac = parse_mac(text.at("gateway_mac")),
          .vlan = text.value("vlan", uint16_t{0}),
          .tunnel = parse_tunnel(text)};
}

std::optional<GatewayConfig> parse_ceiling(const json& text) {
  if (!text.contains("ceiling")) return std::nullopt;
  const json& gateway = text.at("ceiling");
  return GatewayConfig{gateway.at("netns"), gateway.at("inside_device"), gateway.at("outside_device")};
}

std::optional<Address> parse_nat_address(const json& text, bool ipv6) {
  if (!text.contains("nat_address")) return std::nullopt;
  return parse_address(text.at("nat_address"), ipv6);
}

bool is_inside(const json& text) { return text.at("from") == "inside"; }

uint32_t parse_flows(const json& text) {
  const uint32_t flows = text.at("flows");
  if (flows == 0 || flows > PLAN_MAX_FLOWS) throw std::invalid_argument("flows: 1 to 1048576");
  return flows;
}

}   // namespace

LabConfig parse_lab(const json& text) {
  const bool ipv6 = text.at("ipv6");
  return {.inside = parse_end(text.at("inside")),
          .outside = parse_end(text.at("outside")),
          .ipv6 = ipv6,
          .inside_base = parse_address(text.at("inside_base"), ipv6),
          .outside_base = parse_address(text.at("outside_base"), ipv6),
          .nat_address = parse_nat_address(text, ipv6),
          .ttl = text.at("ttl"),
          .core = text.at("core"),
          .ceiling = parse_ceiling(text)};
}

SendOrder parse_send(const json& text) {
  return {.from_inside = is_inside(text),
          .flows = parse_flows(text),
          .first = text.value("first", 0u),
          .count = text.at("count"),
          .shuffled = text.value("shuffled", false),
          .verify = text.value("verify", false)};
}

RateOrder parse_rate(const json& text) {
  return {.from_inside = is_inside(text), .flows = parse_flows(text), .seconds = text.at("seconds")};
}

json to_json(const Outcome& outcome) {
  return {{"seconds", outcome.seconds},
          {"counted", outcome.counted},
          {"sent", outcome.sent},
          {"received", outcome.received},
          {"as_expected", outcome.seen.as_expected},
          {"bad_checksum", outcome.seen.bad_checksum},
          {"bad_ttl", outcome.seen.bad_ttl},
          {"bad_flow", outcome.seen.bad_flow},
          {"distinct_flows", outcome.distinct_flows},
          {"waited", outcome.waited}};
}

json to_json(const Program& program) {
  json functions = json::array();
  for (const ProgramFunction& function : program.functions)
    functions.push_back(
        {{"name", function.name}, {"instructions", function.instructions}, {"bytes", function.bytes}});
  return {
      {"name", program.name}, {"runs", program.runs}, {"run_ns", program.run_ns}, {"functions", functions}};
}

json to_json(const std::vector<Place>& places) {
  json rows = json::array();
  for (const Place& place : places) rows.push_back({place.address, place.file, place.line});
  return {{"places", rows}};
}

json to_json(const std::vector<Attached>& programs) {
  json rows = json::array();
  for (const Attached& program : programs) rows.push_back({program.id, program.device});
  return {{"programs", rows}};
}

}   // namespace sluice::bench
