// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/records.hpp"

#include <algorithm>
#include <set>

#include "gateway/execute_links.hpp"
#include "gateway/step_kinds.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/sysctl/sysctl.hpp"
#include "plan/parts.hpp"

namespace sluice {
namespace {

Result<> note_one(Machine& m, const step::SetSysctl& s) {
  TRY(remember_devices(m, s));
  return m.store.remember_sysctl(s.path, s.previous);
}
Result<> note_one(Machine& m, const step::AddAddress& s) {
  return m.store.add_owned_address(s.link, s.address);
}
Result<> note_one(Machine& m, const step::MakeLink& s) { return note_made(m.store, s); }
Result<> note_one(Machine& m, const step::MakeSpace& s) { return note_made(m.store, s); }
Result<> note_one(Machine& m, const step::SetMaster& s) {
  return s.master.empty() ? Result<>() : m.store.put_owned_member(s.link, s.master);
}
template <class Other>
Result<> note_one(Machine&, const Other&) {
  return {};
}

Result<> forget_one(Machine& m, const step::AddAddress& s) {
  return m.store.remove_owned_address(s.link, s.address);
}
Result<> forget_one(Machine& m, const step::MakeLink& s) { return forget_made(m.store, s); }
Result<> forget_one(Machine& m, const step::MakeSpace& s) { return forget_made(m.store, s); }
Result<> forget_one(Machine& m, const step::SetMaster& s) {
  if (s.master.empty()) return {};
  return s.previous.empty() ? m.store.remove_owned_member(s.link)
                            : m.store.put_owned_member(s.link, s.previous);
}
template <class Other>
Result<> forget_one(Machine&, const Other&) {
  return {};   // how a setting was stays true
}

// By another program, or by sluice under nftables: nothing was found so.
Result<bool> were_made_routers(Store& store, const step::SetSysctl& step) {
  if (step.path != kForwardingRecords[0] || step.previous != "1") return false;
  const auto found = TRY(store.original_sysctls());
  return std::ranges::any_of(
      found, [](const OriginalSysctl& one) { return std::ranges::count(kForwardingRecords, one.path) != 0; });
}

bool has_record(const Step& step) {
  return is_one_of<step::SetSysctl, step::AddAddress, step::RemoveAddress, step::MakeLink, step::RemoveLink,
                   step::MakeSpace, step::RemoveSpace, step::SetMaster>(step);
}

}   // namespace

// The record of what goes must not be that of what comes, before it has gone.
bool may_be_noted_together(std::span<const Step> steps) {
  std::set<std::string> gone;
  for (const Step& step : steps) {
    if (const auto* link = std::get_if<step::RemoveLink>(&step)) gone.insert(link->link.name);
    if (const auto* space = std::get_if<step::RemoveSpace>(&step)) gone.insert(space->name);
  }
  return std::ranges::any_of(steps, has_record) && std::ranges::none_of(steps, [&](const Step& step) {
           const auto* link = std::get_if<step::MakeLink>(&step);
           const auto* space = std::get_if<step::MakeSpace>(&step);
           return (link && gone.contains(link->link.name)) || (space && gone.contains(space->name));
         });
}

Result<> note_ahead(Machine& machine, std::span<const Step> steps) {
  Transaction together = TRY(machine.store.together());
  for (const Step& step : steps)
    TRY(std::visit([&](const auto& one) { return note_one(machine, one); }, step));
  return together.commit();
}

Result<> forget_ahead(Machine& machine, std::span<const Step> steps) {
  for (const Step& step : steps)
    TRY(std::visit([&](const auto& one) { return forget_one(machine, one); }, step));
  return {};
}

Result<> remember_devices(Machine& machine, const step::SetSysctl& step) {
  const size_t at = step.path.find("/all/");
  if (at == std::string::npos) return {};
  const bool were_hosts = TRY(were_made_routers(machine.store, step));
  std::vector<std::string> names{"default"};
  for (const ObservedLink& link : TRY(list_links(machine.rtnl))) names.push_back(link.name);
  for (const std::string& name : names) {
    const std::string own = std::string(step.path).replace(at + 1, 3, name);
    if (const auto value = TRY(read_sysctl(own)))
      TRY(machine.store.remember_sysctl(own, were_hosts ? "0" : *value));
  }
  return {};
}

}   // namespace sluice
