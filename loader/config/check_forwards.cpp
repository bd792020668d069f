// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "base/protocol.hpp"
#include "base/text.hpp"
#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/spans.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

using Interfaces = std::unordered_map<std::string_view, const Interface*>;
// An address and its VRF; or of an interface whose addresses the document does not know, its name.
using Axis = std::tuple<IpAddress, std::string_view, uint8_t>;
using PortSpan = Span<Axis, uint16_t>;

Interfaces by_name(const Draft& draft) {
  Interfaces interfaces;
  for (const auto& interface : draft.interfaces)
    interfaces.try_emplace(interface.value.name, &interface.value);
  return interfaces;
}

std::vector<std::string> names_of(const Draft& draft) {
  std::vector<std::string> names;
  names.reserve(draft.interfaces.size());
  for (const auto& interface : draft.interfaces) names.push_back(interface.value.name);
  return names;
}

std::vector<IpAddress> addresses_of(const Interface& interface, Family family) {
  std::vector<IpAddress> addresses;
  for (const auto& address : interface.addresses)
    if (address.address.family() == family) addresses.push_back(address.address);
  return addresses;
}

void check_listen_address(const Forward& forward, const IpAddress& listen, const Node& node,
                          Complaints& complaints) {
  if (listen.family() == forward.to.family()) return;
  complaints.say(*node.member("to"),
                 fmt::format("listens on {}, but leads to {}: forwards between families are not supported",
                             to_string(listen.family()), to_string(forward.to.family())),
                 "a target of the same family, or a service, which may");
}

void check_listen_interface(const Forward& forward, const std::string& listen, const Node& node,
                            const Interfaces& interfaces, Draft& draft) {
  const auto at = interfaces.find(listen);
  const auto family = forward.to.family();
  if (at == interfaces.end())
    draft.complaints.say(
        *node.member("listen"), fmt::format("{} is neither an address nor an interface", quote(listen)),
        draft.complaints.full() ? "" : suggest(listen, names_of(draft), "interfaces of the document"));
  else if (!at->second->addresses.empty() && addresses_of(*at->second, family).empty())
    draft.complaints.say(
        *node.member("listen"),
        fmt::format("{} has no {} address in this document", quote(listen), to_string(family)),
        fmt::format("give it one, or a target that is not {}", to_string(family)));
}

void check_listen(const Forward& forward, const Node& node, const Interfaces& interfaces, Draft& draft) {
  if (const auto* address = std::get_if<IpAddress>(&forward.listen))
    check_listen_address(forward, *address, node, draft.complaints);
  else
    check_listen_interface(forward, std::get<std::string>(forward.listen), node, interfaces, draft);
}

std::vector<Axis> axes_of(const Forward& forward, const Interfaces& interfaces) {
  std::vector<Axis> axes;
  const auto add = [&](const IpAddress& address, std::string_view name) {
    for (const uint8_t protocol : forward.protocols) axes.emplace_back(address, name, protocol);
  };
  if (const auto* address = std::get_if<IpAddress>(&forward.listen)) {
    add(*address, {});
    return axes;
  }
  const auto at = interfaces.find(std::get<std::string>(forward.listen));
  if (at == interfaces.end()) return axes;
  for (const auto& address : addresses_of(*at->second, forward.to.family())) add(address, at->second->vrf);
  if (axes.empty()) add(forward.to.is_ipv4() ? IpAddress() : *IpAddress::parse("::"), at->first);
  return axes;
}

std::vector<PortSpan> spans_of(const Draft& draft, const Interfaces& interfaces) {
  std::vector<PortSpan> spans;
  for (size_t i = 0; i < draft.forwards.size(); ++i) {
    const auto& forward = draft.forwards[i].value;
    for (const auto& axis : axes_of(forward, interfaces))
      for (const auto& range : forward.ports) spans.push_back({axis, range.first, range.last, i});
  }
  return spans;
}

std::string shared_protocols(const Forward& a, const Forward& b) {
  std::vector<std::string> names;
  for (const uint8_t protocol : a.protocols)
    if (std::find(b.protocols.begin(), b.protocols.end(), protocol) != b.protocols.end())
      names.push_back(protocol_name(protocol));
  return join(names, " and ");
}

PortRange shared_ports(const Forward& a, const Forward& b) {
  for (const auto& one : a.ports)
    for (const auto& other : b.ports)
      if (one.overlaps(other)) return {std::max(one.first, other.first), std::min(one.last, other.last)};
  return {};
}

void complain(const Placed<Forward>& earlier, const Placed<Forward>& later, Complaints& complaints) {
  complaints.say(
      *later.node->member("ports"),
      fmt::format("{} port {} is taken by {} {} on line {}", shared_protocols(earlier.value, later.value),
                  shared_ports(earlier.value, later.value).to_string(),
                  earlier.value.service ? "service" : "forward", quote(earlier.value.name),
                  earlier.value.line),
      "another port, address or protocol");
}

void check_ports_differ(Draft& draft, const Interfaces& interfaces) {
  std::unordered_set<size_t> said;   // one complaint for a forward is enough
  for (const auto& [earlier, later] : find_overlaps(spans_of(draft, interfaces)))
    if (earlier != later && said.insert(later).second)
      complain(draft.forwards[earlier], draft.forwards[later], draft.complaints);
}

bool has_tcp(const Forward& forward) {
  return std::ranges::find(forward.protocols, IPPROTO_TCP) != forward.protocols.end();
}

void check_half_open_protocol(const Forward& forward, const Node& node, Complaints& complaints) {
  if (!forward.half_open || has_tcp(forward)) return;
  complaints.say(*node.member("half_open"), "limits half-open connections, which only TCP has",
                 "\"protocol\": \"tcp\", or no limit");
}

void check_cookies_have_limit(const Forward& forward, const Node& node, Complaints& complaints) {
  if (!forward.syn_cookies || node.member("half_open")) return;
  complaints.say(*node.member("syn_cookies"),
                 "answers what exceeds \"half_open\", which the forward does not have",
                 "\"half_open\": 256, or no cookies");
}

// The packet path's table of them never fills up: a limit that cannot count would be none.
void check_targets_fit(Draft& draft) {
  uint64_t targets = 0;
  for (const auto& [forward, node] : draft.forwards) {
    if (!forward.half_open) continue;
    const uint64_t before = targets;
    for (const PortRange& range : forward.ports) targets += range.size();
    if (targets > kMostLimitedTargets && before <= kMostLimitedTargets)
      draft.complaints.say(*node->member("half_open"),
                           fmt::format("{} ports have such a limit up to here, and {} may have one",
                                       with_commas(targets), with_commas(kMostLimitedTargets)),
                           "limits for fewer ports");
  }
}

// A warning: a document that is stored is put in force at a start, and it is refused where it is new
// (gateway/own_targets.hpp).
void warn_of_own_targets(Draft& draft) {
  std::map<ForwardTarget, const Interface*> own;
  for (const auto& interface : draft.interfaces)
    for (const InterfaceAddress& one : interface.value.addresses)
      own.try_emplace({one.address, interface.value.vrf}, &interface.value);
  std::set<std::string> by_front;   // which asks itself
  for (const auto& site : draft.sites)
    for (const SitePath& path : site.value.paths) by_front.insert(path.service);
  std::set<std::pair<std::string, ForwardTarget>> told;   // listeners of a service lead to the same
  for (const auto& [forward, node] : draft.forwards) {
    if (forward.service && by_front.contains(forward.name)) continue;
    for (const ForwardTarget& target : targets_of(forward)) {
      const auto at = own.find(target);
      if (at == own.end() || !told.emplace(forward.name, target).second) continue;
      draft.complaints.warn(place(*node, forward.service ? "backends" : "to"),
                            fmt::format("{} is that of interface {} on line {}, and nothing is led to the "
                                        "gateway itself",
                                        target.to.to_string(), quote(at->second->name), at->second->line),
                            "a policy to \"host\", and what listens there");
    }
  }
}

}   // namespace

void check_forwards(Draft& draft) {
  const auto interfaces = by_name(draft);
  for (const auto& [forward, node] : draft.forwards) check_listen(forward, *node, interfaces, draft);
  for (const auto& [forward, node] : draft.forwards) {
    check_half_open_protocol(forward, *node, draft.complaints);
    check_cookies_have_limit(forward, *node, draft.complaints);
  }
  check_targets_fit(draft);
  warn_of_own_targets(draft);
  check_ports_differ(draft, interfaces);
}

}   // namespace sluice::config
