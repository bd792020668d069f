// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "base/text.hpp"
#include "plan/parts.hpp"

namespace sluice {
namespace {

const ObservedLink* seen_link(const Observed& observed, const std::string& name) {
  const auto at = observed.links.find(name);
  return at == observed.links.end() ? nullptr : &at->second;
}

bool is_named(const std::vector<MadeLink>& links, const std::string& name) {
  return std::any_of(links.begin(), links.end(), [&](const MadeLink& link) { return link.name == name; });
}

std::set<std::string> names_of(const std::vector<MadeLink>& links) {
  std::set<std::string> names;
  for (const MadeLink& link : links) names.insert(link.name);
  return names;
}

// Those whose parent is not among the ones that are left come first. Parents do not lead in circles.
std::vector<MadeLink> parents_first(std::vector<MadeLink> links) {
  const auto has_parent = [](const MadeLink& link) { return !parent_of(link.parameters).empty(); };
  if (std::ranges::none_of(links, has_parent)) return links;
  const std::set<std::string> names = names_of(links);
  std::set<size_t> ready;
  std::map<std::string, std::vector<size_t>> waiting;   // by the parent
  for (size_t i = 0; i < links.size(); ++i) {
    const std::string& parent = parent_of(links[i].parameters);
    if (parent == links[i].name || !names.contains(parent))
      ready.insert(i);
    else
      waiting[parent].push_back(i);
  }
  std::vector<MadeLink> ordered;
  while (!ready.empty()) {
    MadeLink& next = links[ready.extract(ready.begin()).value()];
    if (const auto children = waiting.extract(next.name))
      ready.insert(children.mapped().begin(), children.mapped().end());
    ordered.push_back(std::move(next));
  }
  for (const auto& [parent, in_a_circle] : waiting)
    for (const size_t i : in_a_circle) ordered.push_back(std::move(links[i]));
  return ordered;
}

class LinkPlanner {
 public:
  LinkPlanner(const Document& document, const Observed& observed, Plan& plan)
      : document_(document), observed_(observed), plan_(plan) {}

  Result<> run() {
    for (const MadeLink& link : wanted_links(document_, observed_)) plan_link(link);
    release_members();
    for (const Interface& interface : document_.interfaces)
      if (const auto* bridge = std::get_if<Bridge>(&interface.made))
        for (const std::string& member : bridge->members) plan_member(interface.name, member);
    if (refusals_.empty()) return {};
    if (!observed_.in_force) return fail(join(refusals_, "; "), ErrorKind::kInvalidDocument);
    plan_.degraded.insert(plan_.degraded.end(), refusals_.begin(), refusals_.end());
    return {};
  }

 private:
  void plan_link(const MadeLink& link) {
    const std::string kind(kind_name(link.parameters));
    const ObservedLink* seen = seen_link(observed_, link.name);
    if (const auto refused = observed_.kinds_refused.find(kind); refused != observed_.kinds_refused.end())
      refuse(link.name, refused->second);
    else if (const std::string why = why_not_by_tags(link); !why.empty())
      refuse(link.name, why);
    else if (seen && !is_own(observed_, *seen))
      refuse(link.name,
             fmt::format("a device of this name is there that sluice did not make; to use it as it "
                         "is, leave out \"{}\"",
                         kind));
    else if (const std::string& parent = parent_of(link.parameters);
             !parent.empty() && !will_be_there(parent))
      plan_.degraded.push_back(
          fmt::format("interface \"{}\" cannot be made: \"{}\" does not exist; it is made when that appears",
                      link.name, parent));
    else
      make(link, seen);
  }

  // Empty: it may be made so, or is none of these.
  std::string why_not_by_tags(const MadeLink& link) const {
    const auto* vlan = std::get_if<VlanLink>(&link.parameters);
    if (!vlan || !vlan->by_tags) return "";
    const std::string& refused = observed_.kinds_refused.at("vlan");
    if (plan_.engine != EngineKind::kEbpf) return refused + ", or the eBPF engine, which tags frames itself";
    if (is_interface(vlan->parent)) return "";
    return fmt::format("{}, or add \"{}\" to the interfaces: there sluice tags frames itself", refused,
                       vlan->parent);
  }

  bool is_interface(const std::string& name) const {
    return std::any_of(document_.interfaces.begin(), document_.interfaces.end(),
                       [&](const Interface& interface) { return interface.name == name; });
  }

  void make(const MadeLink& link, const ObservedLink* seen) {
    made_.push_back(link);
    const bool whole = seen && !is_half_made(observed_, *seen);
    if (whole && seen->parameters == link.parameters) return set_up(*seen);
    const MadeLink before{link.name, seen ? seen->parameters : LinkParameters{}};
    if (whole && changes_in_place(seen->parameters, link.parameters)) {
      plan_.steps.push_back(step::ChangeLink{link, before, seen->index});
      return set_up(*seen);
    }
    if (seen) plan_.steps.push_back(step::RemoveLink{before, seen->index});
    plan_.steps.push_back(step::MakeLink{link, seen ? seen->index : 0});
    plan_.steps.push_back(step::SetLinkUp{link.name, 0});
  }

  void set_up(const ObservedLink& link) {
    if (!link.up) plan_.steps.push_back(step::SetLinkUp{link.name, link.index});
    if (const ObservedLink* other = seen_link(observed_, link.other_end); other && !other->up)
      plan_.steps.push_back(step::SetLinkUp{other->name, other->index});
  }

  void plan_member(const std::string& bridge, const std::string& name) {
    if (!is_named(made_, bridge)) return;
    const ObservedLink* member = seen_link(observed_, name);
    if (!member && is_named(made_, name)) {
      plan_.steps.push_back(step::SetMaster{name, 0, bridge, ""});
      return;
    }
    if (!member) {
      plan_.degraded.push_back(fmt::format(
          "member \"{}\" of \"{}\" does not exist; it is taken up when it appears", name, bridge));
      return;
    }
    if (!member->master.empty() && member->master != bridge && !is_own_member(observed_, *member))
      return refuse(bridge, fmt::format("member \"{}\" belongs to \"{}\"", name, member->master));
    if (member->master != bridge)
      plan_.steps.push_back(step::SetMaster{name, member->index, bridge, member->master});
    set_up(*member);
  }

  // Those that somebody else put into a bridge of ours stay in it.
  void release_members() {
    const std::set<std::string_view> wanted = wanted_members();
    for (const auto& [name, master] : observed_.owned_members) {
      if (wanted.contains(name)) continue;
      const ObservedLink* member = seen_link(observed_, name);
      const bool still = member && member->master == master;
      plan_.steps.push_back(step::SetMaster{name, still ? member->index : 0, "", master});
    }
  }

  std::set<std::string_view> wanted_members() const {
    std::set<std::string_view> names;
    for (const Interface& one : document_.interfaces) {
      if (!one.vrf.empty() && observed_.findings.vrf_devices) names.insert(one.name);
      if (const auto* bridge = std::get_if<Bridge>(&one.made))
        names.insert(bridge->members.begin(), bridge->members.end());
    }
    return names;
  }

  bool will_be_there(const std::string& name) const {
    return is_named(made_, name) || observed_.links.contains(name);
  }

  void refuse(const std::string& name, const std::string& why) {
    refusals_.push_back(fmt::format("interface \"{}\": {}", name, why));
  }

  const Document& document_;
  const Observed& observed_;
  Plan& plan_;
  std::vector<MadeLink> made_;   // that are there when the plan is done
  std::vector<std::string> refusals_;
};

}   // namespace

std::vector<MadeLink> wanted_links(const Document& document, const Observed& observed) {
  std::vector<MadeLink> links;
  for (const Interface* interface : all_interfaces(document))
    if (!std::holds_alternative<std::monostate>(interface->made))
      links.push_back({interface->name, parameters_of(*interface, observed)});
  return parents_first(std::move(links));
}

Result<> plan_made_links(const Document& document, const Observed& observed, Plan& plan) {
  TRY(LinkPlanner(document, observed, plan).run());
  plan_link_contents(document, observed, plan);
  return {};
}

void plan_link_removals(const Document& document, const Observed& observed, Plan& plan) {
  auto wanted = wanted_links(document, observed);
  std::ranges::move(wanted_vrf_devices(document, observed), std::back_inserter(wanted));
  const std::set<std::string> names = names_of(wanted);
  std::vector<MadeLink> old;
  for (const auto& [name, owned] : observed.owned_links) {
    const ObservedLink* seen = seen_link(observed, name);
    if (names.contains(name)) continue;
    if (seen && is_same(owned, *seen))
      old.push_back({name, seen->parameters});
    else
      plan.steps.push_back(step::RemoveLink{{name, {}}, 0});
  }
  old = parents_first(std::move(old));
  for (auto link = old.rbegin(); link != old.rend(); ++link)
    plan.steps.push_back(step::RemoveLink{*link, observed.links.at(link->name).index});
}

}   // namespace sluice
