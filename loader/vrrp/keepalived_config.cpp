// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/keepalived_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace sluice {
namespace {

constexpr std::string_view kInterval = "  advert_int 0.1\n";   // s: silence of three of them is noticed
constexpr std::string_view kLongInterval = "  advert_int 1\n";

// An address that somebody takes off does not end the active node. It is back with the next turn.
std::string address_line(const MovedAddress& moving) {
  return fmt::format("    {} dev {}{} no_track\n", moving.address.to_string(), moving.link,
                     moving.routed ? "" : " noprefixroute");
}

constexpr int kMostYouth = 18;
static_assert(kMostYouth < kWorthOfLink);

std::string unicast_lines(const VrrpPlan& plan) {
  if (!plan.own) return "";
  std::string text = fmt::format("  unicast_src_ip {}\n  unicast_peer {{\n", plan.own->to_string());
  for (const IpAddress& peer : plan.peers) text += fmt::format("    {}\n", peer.to_string());
  return text + "  }\n";
}

}   // namespace

int worth_of_youth(std::optional<std::chrono::seconds> active) {
  if (!active) return 0;
  const auto seconds = static_cast<uint64_t>(std::max<int64_t>(active->count(), 0)) + 1;
  return std::max(1, kMostYouth - static_cast<int>(std::bit_width(seconds)));
}

// The advertisements name one address that never changes, and not those of the document: two nodes hear each
// other also while a change of it is in force at one of them. keepalived's own words: "state" is where an
// instance begins.
std::string keepalived_config(const VrrpPlan& plan, const std::filesystem::path& health) {
  std::string text = fmt::format(
      "global_defs {{\n  router_id {}\n  dynamic_interfaces allow_if_changes\n  vrrp_version 3\n"
      "  vrrp_garp_master_refresh 60\n  vrrp_garp_lower_prio_repeat 1\n"
      "  vrrp_higher_prio_send_advert true\n  vrrp_check_unicast_src\n}}\n"
      "track_file health {{\n  file \"{}\"\n  weight 1\n}}\n",
      plan.router, health.string());
  text += fmt::format(
      "vrrp_instance sluice {{\n  state BACKUP\n  interface {}\n  virtual_router_id {}\n  priority {}\n"
      "{}  track_file {{\n    health\n  }}\n",
      plan.interface, plan.id, kVrrpPriority, kInterval);
  text += unicast_lines(plan);
  if (!plan.links.empty()) {
    text += "  track_interface {\n";
    for (const std::string& link : plan.links) text += fmt::format("    {} weight -{}\n", link, kWorthOfLink);
    text += "  }\n";
  }
  text += "  virtual_ipaddress {\n" + address_line({plan.interface, plan.router_address, true}) + "  }\n";
  std::string others;
  for (const MovedAddress& moving : plan.addresses)
    if (moving.address != plan.router_address) others += address_line(moving);
  if (!others.empty()) text += "  virtual_ipaddress_excluded {\n" + others + "  }\n";
  return text + "}\n";
}

std::string patient_config(std::string config) {
  if (const size_t at = config.find(kInterval); at != std::string::npos)
    config.replace(at, kInterval.size(), kLongInterval);
  return config;
}

}   // namespace sluice
