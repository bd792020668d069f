// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/execute_links.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/netlink/link_contents.hpp"
#include "kernel/netlink/made_links.hpp"
#include "kernel/netlink/veth.hpp"
#include "kernel/netns/space.hpp"
#include "kernel/sysctl/sysctl.hpp"
#include "kernel/wireguard/wireguard.hpp"
#include "plan/parts.hpp"

namespace sluice {
namespace {

using Inverse = Result<std::optional<Step>>;

// Namespaces are in the records of devices, by names that no device can have.
constexpr const char* kSpaceKind = "netns";
constexpr std::string_view kSpaceRecord = "netns/";

std::string record_of_space(const std::string& name) { return std::string(kSpaceRecord) + name; }

// Into a VRF, and out of it, the kernel takes a device down for a moment, and its IPv6 addresses with it.
Result<> set_master_and_keep_addresses(RtnlSocket& rtnl, const step::SetMaster& s) {
  const std::string path = fmt::format("net/ipv6/conf/{}/keep_addr_on_down", s.link);
  const auto before = TRY(read_sysctl(path));
  if (!before || *before == "1") return set_master(rtnl, s.link, s.index, s.master);
  TRY(write_sysctl(path, "1"));
  const auto done = set_master(rtnl, s.link, s.index, s.master);
  TRY(write_sysctl(path, *before));
  return done;
}

OwnedLinkRecord record_of(const MadeLink& link, uint32_t index, std::string boot) {
  return {link.name, std::string(kind_name(link.parameters)), index, std::move(boot)};
}

// A wireguard-go that was killed takes its device along, and leaves its socket.
Result<> forget_tunnel(const std::string& name, std::string_view kind) {
  return kind == kind_name(WireguardLink{.userspace = true}) ? stop_userspace_tunnel(name) : Result<>();
}

Result<> forget_tunnel(Store& store, const std::string& name) {
  for (const OwnedLinkRecord& record : TRY(store.owned_links()))
    if (record.link == name) TRY(forget_tunnel(name, record.kind));
  return {};
}

}   // namespace

Result<> note_made(Store& store, const step::MakeLink& s) {
  return store.put_owned_link(record_of(s.link, 0, TRY(boot_id())));
}

Result<> note_made(Store& store, const step::MakeSpace& s) {
  return store.put_owned_link({record_of_space(s.name), kSpaceKind, 0, TRY(boot_id())});
}

Result<> forget_made(Store& store, const step::MakeLink& s) { return store.remove_owned_link(s.link.name); }

Result<> forget_made(Store& store, const step::MakeSpace& s) {
  return store.remove_owned_link(record_of_space(s.name));
}

// The record comes first, without the number that nobody knows yet: whatever has this name and kind from then
// on is this one, because the name was free.
Inverse perform_link(Machine& m, const step::MakeLink& s) {
  TRY(note_made(m.store, s));
  const auto made = make_link(m.rtnl, s.link, s.index);
  if (!made) {
    TRY(forget_made(m.store, s));
    return std::unexpected(made.error());
  }
  TRY(m.store.put_owned_link(record_of(s.link, *made, TRY(boot_id()))));
  return Step(step::RemoveLink{s.link, *made});
}

Inverse perform_link(Machine& m, const step::ChangeLink& s) {
  TRY(change_link(m.rtnl, s.link, s.index));
  return Step(step::ChangeLink{s.previous, s.link, s.index});
}

Inverse perform_link(Machine& m, const step::RemoveLink& s) {
  TRY(s.index ? remove_link(m.rtnl, s.link, s.index) : forget_tunnel(m.store, s.link.name));
  TRY(m.store.remove_owned_link(s.link.name));
  if (s.index == 0) return std::nullopt;
  return Step(step::MakeLink{s.link, s.index});
}

size_t end_pods_together(std::span<const Step> steps) {
  std::vector<uint32_t> indexes;
  for (const Step& step : steps) {
    const auto* removal = std::get_if<step::RemoveLink>(&step);
    if (!removal || !removal->index || !std::holds_alternative<VethLink>(removal->link.parameters)) break;
    indexes.push_back(removal->index);
  }
  if (indexes.size() > 1) end_pairs_side_by_side(indexes);
  return indexes.size();
}

Inverse perform_link(Machine& m, const step::SetMaster& s) {
  if (!s.master.empty()) TRY(m.store.put_owned_member(s.link, s.master));
  if (s.index || !s.master.empty()) TRY(set_master_and_keep_addresses(m.rtnl, s));
  if (s.master.empty()) TRY(m.store.remove_owned_member(s.link));
  if (s.index == 0) return std::nullopt;   // it ends with the device
  return Step(step::SetMaster{s.link, s.index, s.previous, s.master});
}

// As of devices: the record comes first.
Inverse perform_link(Machine& m, const step::MakeSpace& s) {
  TRY(note_made(m.store, s));
  const auto number = make_space(s.name);
  if (!number) {
    TRY(forget_made(m.store, s));
    return std::unexpected(number.error());
  }
  TRY(m.store.put_owned_link({record_of_space(s.name), kSpaceKind, *number, TRY(boot_id())}));
  return Step(step::RemoveSpace{s.name, *number});
}

// Who is inside stays there without a name; what undoes it is an empty one.
Inverse perform_link(Machine& m, const step::RemoveSpace& s) {
  TRY(remove_space(s.name, s.number));
  TRY(m.store.remove_owned_link(record_of_space(s.name)));
  if (s.number == 0) return std::nullopt;
  return Step(step::MakeSpace{s.name});
}

// What is inside of a device that sluice made goes with it, so it needs no record.
Inverse perform_link(Machine& m, const step::SetMtu& s) {
  TRY(set_mtu(m.rtnl, s.link, s.index, s.mtu));
  return Step(step::SetMtu{s.link, s.index, s.previous, s.mtu});
}

Inverse perform_link(Machine& m, const step::AddEntry& s) {
  TRY(add_entry(m.rtnl, s.link, s.index, s.entry));
  return Step(step::RemoveEntry{s.link, s.index, s.entry});
}

Inverse perform_link(Machine& m, const step::RemoveEntry& s) {
  TRY(remove_entry(m.rtnl, s.link, s.index, s.entry));
  return Step(step::AddEntry{s.link, s.index, s.entry});
}

Inverse perform_link(Machine& m, const step::AddPortVlan& s) {
  TRY(add_port_vlan(m.rtnl, s.link, s.index, s.vlan));
  return Step(step::RemovePortVlan{s.link, s.index, s.vlan});
}

Inverse perform_link(Machine& m, const step::RemovePortVlan& s) {
  TRY(remove_port_vlan(m.rtnl, s.link, s.index, s.vlan));
  return Step(step::AddPortVlan{s.link, s.index, s.vlan});
}

Result<std::map<std::string, OwnedLink>> links_made(Store& store) {
  const std::string boot = TRY(boot_id());
  std::map<std::string, OwnedLink> links;
  for (const OwnedLinkRecord& record : TRY(store.owned_links()))
    if (record.boot == boot && record.kind != kSpaceKind) links[record.link] = {record.kind, record.index};
  return links;
}

Result<std::map<std::string, uint32_t>> spaces_made(Store& store) {
  const std::string boot = TRY(boot_id());
  std::map<std::string, uint32_t> spaces;
  for (const OwnedLinkRecord& record : TRY(store.owned_links()))
    if (record.boot == boot && record.kind == kSpaceKind)
      spaces[record.link.substr(kSpaceRecord.size())] = record.index;
  return spaces;
}

Result<> add_recorded(Store& store, Observed& observed) {
  for (const auto& [name, number] : TRY(spaces_made(store))) observed.owned_spaces.try_emplace(name, number);
  for (const OwnedAddress& own : TRY(store.owned_addresses())) observed.owned_addresses.insert(own);
  for (auto& [name, own] : TRY(links_made(store))) observed.owned_links[name] = std::move(own);
  observed.owned_members = TRY(store.owned_members());
  return {};
}

// A VRF's device that goes would take addresses of its interfaces along.
Result<> release_slaves(Machine& machine, const Observed& seen, std::vector<std::string>& removed) {
  for (const auto& [name, master] : seen.owned_members) {
    const auto link = seen.links.find(name), above = seen.links.find(master);
    if (link == seen.links.end() || above == seen.links.end() || link->second.master != master) continue;
    if (!std::holds_alternative<VrfLink>(above->second.parameters)) continue;
    const step::SetMaster step{name, link->second.index, "", master};
    TRY_TO(sentence(step), perform_link(machine, step));
    removed.push_back(sentence(step));
  }
  return {};
}

Result<> remove_spaces(Machine& machine, const Observed& seen, std::vector<std::string>& removed) {
  Plan plan;
  plan_space_removals({}, seen, plan);
  for (const Step& step : plan.steps) {
    const auto& space = std::get<step::RemoveSpace>(step);
    TRY_TO(sentence(step), perform_link(machine, space));
    if (space.number) removed.push_back(sentence(step));
  }
  return {};
}

Result<> remove_made_links(Machine& machine, const Observed& seen, std::vector<std::string>& removed) {
  TRY(release_slaves(machine, seen, removed));
  std::vector<Step> steps;
  for (const auto& [name, owned] : seen.owned_links) {
    const auto at = seen.links.find(name);
    if (at == seen.links.end()) TRY(forget_tunnel(name, owned.kind));
    if (at == seen.links.end() || !is_same(owned, at->second)) continue;
    steps.emplace_back(step::RemoveLink{{name, at->second.parameters}, at->second.index});
  }
  std::ranges::stable_partition(steps, [](const Step& step) {
    return std::holds_alternative<VethLink>(std::get<step::RemoveLink>(step).link.parameters);
  });
  (void)end_pods_together(steps);
  for (const Step& step : steps) {
    TRY_TO(sentence(step), perform_link(machine, std::get<step::RemoveLink>(step)));
    removed.push_back(sentence(step));
  }
  return remove_spaces(machine, seen, removed);
}

}   // namespace sluice
