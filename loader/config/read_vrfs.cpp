// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "config/address_values.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kVrfKeys[] = {"table", "routes", "bandwidth"};
constexpr std::string_view kRouteKeys[] = {"to", "via", "through"};
constexpr std::string_view kBandwidthKeys[] = {"guaranteed", "maximum"};

// Tables 253 to 255 are default, main and local.
constexpr uint32_t kLastTable = 65'535, kFirstOfKernel = 253, kLastOfKernel = 255;

uint16_t read_table(const Members& members, Draft& draft) {
  const Node* node = members.require("table");
  const auto table = node ? read_count(*node, 1, kLastTable, draft.complaints) : std::nullopt;
  if (!table) return 0;
  if (*table < kFirstOfKernel || *table > kLastOfKernel) return static_cast<uint16_t>(*table);
  draft.complaints.say(*node, fmt::format("table {} is one of the kernel's own", *table), "another number");
  return 0;
}

std::optional<IpAddress> read_via(const Node& node, Draft& draft) {
  const auto text = read_string(node, draft.complaints);
  return text ? parse_address(*text, node, draft.complaints) : std::nullopt;
}

void read_route(const Node& node, Vrf& vrf, Draft& draft) {
  const Members members(node, kRouteKeys, draft.complaints);
  const Node* to = members.require("to");
  const Node *via = members.find("via"), *through = members.find("through");
  const auto prefix = to ? read_prefix(*to, draft.complaints) : std::nullopt;
  if (node.kind == Kind::kObject && !via == !through)
    draft.complaints.say(node, "a route leads to one neighbour or into one other VRF",
                         "either \"via\": an address, or \"through\": \"main\" or a VRF");
  const auto neighbour = via ? read_via(*via, draft) : std::nullopt;
  auto other = read_vrf_name(members, "through", draft);
  if (!prefix || (via && !neighbour)) return;
  vrf.routes.push_back({*prefix, neighbour, std::move(other), draft.complaints.line_of(node)});
}

Bandwidth read_bandwidth(const Node& node, Draft& draft) {
  const Members members(node, kBandwidthKeys, draft.complaints);
  Bandwidth bandwidth;
  const Node *guaranteed = members.require("guaranteed"), *maximum = members.find("maximum");
  if (guaranteed)
    if (const auto rate = read_rate(*guaranteed, false, draft.complaints))
      bandwidth.guaranteed = rate->amount;
  if (maximum)
    if (const auto rate = read_rate(*maximum, false, draft.complaints)) bandwidth.maximum = rate->amount;
  return bandwidth;
}

void read_vrf(const Node& node, Draft& draft) {
  const bool good =
      check_name(node.key, node, true, draft.complaints) && check_device_name(node, draft.complaints);
  if (node.key == kMainVrf)
    draft.complaints.say_about_key(node, "\"main\" is the VRF of everything that names none", "another name");
  const Members members(node, kVrfKeys, draft.complaints);
  Vrf vrf{.name = std::string(node.key),
          .table = read_table(members, draft),
          .routes = {},
          .bandwidth = std::nullopt};
  if (const Node* bandwidth = members.find("bandwidth")) vrf.bandwidth = read_bandwidth(*bandwidth, draft);
  if (const Node* routes = members.find("routes"))
    for (const Node* item : read_list(*routes, draft.complaints)) read_route(*item, vrf, draft);
  if (good) draft.vrfs.push_back({std::move(vrf), &node});
}

}   // namespace

std::string read_vrf_name(const Members& members, std::string_view key, Draft& draft) {
  const Node* node = members.find(key);
  const auto name = node ? read_string(*node, draft.complaints) : std::nullopt;
  if (!name || *name == kMainVrf || !check_name(*name, *node, false, draft.complaints)) return {};
  draft.vrf_names.push_back({*name, node});
  return std::string(*name);
}

void read_vrfs(const Node& node, Draft& draft) {
  if (!expect_kind(node, Kind::kObject, draft.complaints)) return;
  for (const Node& member : node.children()) read_vrf(member, draft);
}

}   // namespace sluice::config
