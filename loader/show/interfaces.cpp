// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <ranges>

#include "compile/common/drop_reason.hpp"
#include "kernel/link_state.hpp"
#include "kernel/nft/mac_limits.hpp"
#include "plan/plan_links.hpp"
#include "show/names.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

std::string_view hook_of(const Observed& observed, const std::string& link) {
  if (observed.engine.attachments.contains({link, Hook::kXdp})) return "xdp";
  return observed.engine.attachments.contains({link, Hook::kTcIngress}) ? "tc" : "none";
}

// A bridge has the carrier of what is attached to it: one that waits for its first pod or machine lacks none.
bool waits_for_members(const ObservedLink& link, const Observed& observed) {
  return link.kind == "bridge" &&
         std::ranges::none_of(observed.links | std::views::values,
                              [&](const ObservedLink& one) { return one.master == link.name; });
}

const char* state_of(const ObservedLink& link, const Observed& observed) {
  if (!link.up) return "down";
  const bool carries = link_state(link.name) != LinkState::kDown || waits_for_members(link, observed);
  return carries ? "up" : "no-carrier";
}

std::string why_hook(const Interface& wanted, const ObservedLink& link, const Observed& observed) {
  if (!observed.engine.loaded && observed.nft.loaded) return "nftables carries the traffic: it needs no hook";
  if (wanted.hook != HookChoice::kAuto) return "the document asks for it";
  if (const auto refused = observed.engine.xdp_refused.find(link.name);
      refused != observed.engine.xdp_refused.end())
    return refused->second;
  const std::string reason = reason_for_tc(link);
  return reason.empty() ? "the driver takes native XDP" : reason;
}

void add_counters(json& row, const InterfaceCount& count) {
#define X(name) row[#name] = count.name;
  SL_IFACE_COUNTERS(X)
#undef X
  if (!count.sees_all) row["ignored_packets"] = row["handed_on_packets"] = nullptr;
}

json missing(const Interface& wanted) {
  return {{"name", wanted.name},
          {"index", nullptr},
          {"zone", wanted.zone},
          {"vrf", vrf_name(wanted)},
          {"state", "missing"},
          {"hook", "none"},
          {"hook_reason", "the device does not exist"},
          {"mtu", nullptr},
          {"addresses", json::array()}};
}

json present(const Interface& wanted, const ObservedLink& link, const Observed& observed) {
  json addresses = json::array();
  for (const ObservedAddress& own : link.addresses) addresses.push_back(own.address.to_string());
  return {{"name", wanted.name},
          {"index", link.index},
          {"zone", wanted.zone},
          {"vrf", vrf_name(wanted)},
          {"state", state_of(link, observed)},
          {"hook", hook_of(observed, link.name)},
          {"hook_reason", why_hook(wanted, link, observed)},
          {"mtu", link.mtu},
          {"addresses", std::move(addresses)}};
}

InterfaceCount count_of(const std::vector<InterfaceCount>& counts, uint32_t index) {
  for (const InterfaceCount& count : counts)
    if (count.ifindex == index) return count;
  return {};
}

// Its number, when the device is gone.
json device_of(const DropCount& drop, const Names& names) {
  const json name = names.link(drop.ifindex);
  return name.is_null() && drop.ifindex ? json(std::to_string(drop.ifindex)) : name;
}

}   // namespace

Result<json> show_interfaces(Gateway& gateway) {
  json rows = json::array();
  const Observed observed = TRY(gateway.observe());
  const auto counts = TRY(gateway.engine().interfaces());
  if (gateway.current())
    for (const Interface& wanted : gateway.current()->document.interfaces) {
      const auto link = observed.links.find(wanted.name);
      const bool is_there = link != observed.links.end();
      rows.push_back(is_there ? present(wanted, link->second, observed) : missing(wanted));
      add_counters(rows.back(), is_there ? count_of(counts, link->second.index) : InterfaceCount{});
    }
  return json{{"interfaces", std::move(rows)}};
}

Result<json> show_interface_states(Gateway& gateway) {
  json rows = json::array();
  const Observed observed = TRY(gateway.observe());
  if (gateway.current())
    for (const Interface& wanted : gateway.current()->document.interfaces) {
      const auto link = observed.links.find(wanted.name);
      const bool is_there = link != observed.links.end();
      rows.push_back({{"name", wanted.name},
                      {"zone", wanted.zone},
                      {"state", is_there ? state_of(link->second, observed) : "missing"},
                      {"hook", is_there ? hook_of(observed, wanted.name) : "none"}});
    }
  return rows;
}

Result<json> show_drops(Gateway& gateway) {
  const Names names = TRY(Names::of(gateway));
  json rows = json::array();
  const auto add = [&](uint8_t number, json device, uint64_t packets, uint64_t bytes) {
    if (const DropReason* reason = drop_reason(number))
      rows.push_back({{"reason", reason->name()},
                      {"number", reason->number},
                      {"stage", reason->stage},
                      {"interface", std::move(device)},
                      {"packets", packets},
                      {"bytes", bytes},
                      {"text", reason->text}});
  };
  for (const DropCount& drop : TRY(gateway.engine().drops()))
    add(drop.reason, device_of(drop, names), drop.packets, drop.bytes);
  if (const auto limited = count_mac_drops())   // without nftables nothing is
    for (const MacDrops& drop : *limited)
      if (drop.packets) add(SL_DROP_MAC_LIMIT, drop.device, drop.packets, drop.bytes);
  return json{{"drops", std::move(rows)}};
}

}   // namespace sluice
