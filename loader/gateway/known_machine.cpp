// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/known_machine.hpp"

#include <net/if.h>

#include <algorithm>
#include <set>
#include <utility>

#include "gateway/step_kinds.hpp"
#include "kernel/netns/space.hpp"
#include "kernel/observe.hpp"
#include "kernel/sysctl/sysctl.hpp"

namespace sluice {
namespace {

// What is written for all devices, or for those to come, may change any of them.
bool is_of_one_device(std::string_view path) {
  const std::string_view name = device_of_sysctl(path);
  return !name.empty() && name != "all" && name != "default";
}

// Devices of pods: nothing lies above or below them.
class Followable {
 public:
  Followable(const Observed& seen, std::span<const Step> steps) : seen_(seen) {
    for (const Step& step : steps)
      if (const auto* made = std::get_if<step::MakeLink>(&step); made && is_pair(made->link.parameters))
        made_.insert(made->link.name);
  }

  bool operator()(const step::SetSysctl& s) const { return is_of_one_device(s.path); }
  // One of that name may have come a moment ago, and of namespaces the kernel tells nobody.
  bool operator()(const step::MakeLink& s) const {
    return is_pair(s.link.parameters) && if_nametoindex(s.link.name.c_str()) == 0;
  }
  bool operator()(const step::MakeSpace& s) const { return !list_spaces(s.name).contains(s.name); }
  bool operator()(const step::RemoveLink& s) const { return s.index && is_pair(s.link.parameters); }
  bool operator()(const step::AttachProgram& s) const { return s.hook != Hook::kXdp && is_pod(s.link); }
  bool operator()(const step::DetachProgram& s) const { return s.hook != Hook::kXdp && is_pod(s.link); }
  bool operator()(const step::SetLinkUp& s) const { return is_pod(s.link); }
  bool operator()(const step::SetMaster& s) const { return is_pod(s.link); }
  bool operator()(const step::AddAddress& s) const { return is_pod(s.link); }
  bool operator()(const step::RemoveAddress& s) const { return is_pod(s.link); }
  template <class Other>
  bool operator()(const Other& s) const {
    return is_one_of<step::PutRules, step::LeadService, step::AddRoute, step::RemoveRoute, step::AddRule,
                     step::RemoveRule, step::RemoveSpace, step::PutQueues, step::RemoveQueues>(s);
  }

 private:
  static bool is_pair(const LinkParameters& parameters) {
    return std::holds_alternative<VethLink>(parameters);
  }
  bool is_pod(const std::string& name) const {
    const auto at = seen_.links.find(name);
    return made_.contains(name) || (at != seen_.links.end() && is_pair(at->second.parameters));
  }

  const Observed& seen_;
  std::set<std::string> made_;   // by the same steps
};

// Devices are told by a look at each, behind all steps.
struct Follow {
  Observed& seen;
  std::set<std::string>& touched;

  void operator()(const step::SetSysctl& s) const {
    seen.original_sysctls.emplace(s.path, s.previous);
    touched.emplace(device_of_sysctl(s.path));
  }
  void operator()(const step::MakeLink& s) const { touched.insert(s.link.name); }
  void operator()(const step::RemoveLink& s) const {
    seen.owned_links.erase(s.link.name);
    seen.owned_members.erase(s.link.name);
    for (const Hook hook : {Hook::kTcIngress, Hook::kTcEgress})
      seen.engine.attachments.erase({s.link.name, hook});
    touched.insert(s.link.name);
  }
  void operator()(const step::SetLinkUp& s) const { touched.insert(s.link); }
  // The kernel takes away all routes through one that it moves.
  void operator()(const step::SetMaster& s) const {
    const uint32_t index = index_of(seen, s.link);
    std::erase_if(seen.routing.routes, [&](const RouteRow& row) { return row.index == index; });
    if (s.master.empty())
      seen.owned_members.erase(s.link);
    else
      seen.owned_members[s.link] = s.master;
    touched.insert(s.link);
  }
  void operator()(const step::AddAddress& s) const {
    seen.owned_addresses.insert({s.link, s.address});
    touched.insert(s.link);
  }
  void operator()(const step::RemoveAddress& s) const {
    seen.owned_addresses.erase({s.link, s.address});
    touched.insert(s.link);
  }
  void operator()(const step::AttachProgram& s) const { seen.engine.attachments.insert({s.link, s.hook}); }
  void operator()(const step::DetachProgram& s) const { seen.engine.attachments.erase({s.link, s.hook}); }
  void operator()(const step::AddRoute& s) const { seen.routing.routes.insert(s.route); }
  void operator()(const step::RemoveRoute& s) const { seen.routing.routes.erase(s.route); }
  void operator()(const step::AddRule& s) const { seen.routing.rules.insert(s.rule); }
  void operator()(const step::RemoveRule& s) const { seen.routing.rules.erase(s.rule); }
  void operator()(const step::PutQueues& s) const { seen.queues[s.link] = s.queues; }
  void operator()(const step::RemoveQueues& s) const { seen.queues.erase(s.link); }
  void operator()(const step::RemoveSpace& s) const { seen.owned_spaces.erase(s.name); }
  template <class Other>
  void operator()(const Other&) const {}
};

Result<> note_spaces(std::span<const Step> steps, Observed& seen) {
  for (const Step& step : steps) {
    if (const auto* gone = std::get_if<step::RemoveSpace>(&step)) seen.spaces.erase(gone->name);
    const auto* made = std::get_if<step::MakeSpace>(&step);
    if (made)
      seen.owned_spaces[made->name] = seen.spaces[made->name].number = TRY(open_space(made->name)).number;
  }
  return {};
}

}   // namespace

KnownMachine::OneList::OneList(KnownMachine& known) : known_(known) {
  if (auto table = LinkTable::open()) known_.links_.emplace(std::move(*table));
}

// The main table is looked at by who settles a document, and not by who plans.
void KnownMachine::note(Observed seen) {
  seen.main_routes = std::move(seen_.main_routes);
  seen_ = std::move(seen);
  is_whole_ = true;
}

bool KnownMachine::can_follow(std::span<const Step> steps) const {
  const Followable followable(seen_, steps);
  return std::ranges::all_of(steps, [&](const Step& step) { return std::visit(followable, step); });
}

Result<> KnownMachine::follow(Machine& machine, std::span<const Step> steps) {
  std::set<std::string> touched;
  for (const Step& step : steps) std::visit(Follow{seen_, touched}, step);
  TRY(note_spaces(steps, seen_));
  for (const std::string& name : touched) TRY(observe_link(name, seen_));
  TRY(machine.ebpf.observe_in_force(seen_.engine));
  is_whole_ = true;
  return {};
}

bool may_lead_on(std::span<const Step> steps) {
  return has_step<step::MakeSpace, step::RemoveSpace, step::MakeLink, step::RemoveLink, step::SetLinkUp,
                  step::SetMaster, step::RemoveAddress, step::DetachProgram>(steps);
}

}   // namespace sluice
