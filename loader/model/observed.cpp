// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/observed.hpp"

#include "model/document.hpp"

namespace sluice {
namespace {

struct ParametersOf {
  bool by_tags;        // the kernel makes no VLANs
  bool no_wireguard;   // nor tunnels

  LinkParameters operator()(const std::monostate&) const { return {}; }
  LinkParameters operator()(const Bridge& bridge) const { return BridgeLink{!bridge.ports.empty()}; }
  LinkParameters operator()(const Vlan& vlan) const {
    return VlanLink{vlan.parent, vlan.id, vlan.service, by_tags};
  }
  LinkParameters operator()(const Vxlan& vxlan) const {
    return VxlanLink{vxlan.vni,      vxlan.local,         vxlan.port, vxlan.learning && vxlan.lower.empty(),
                     vxlan.mtu != 0, !vxlan.lower.empty()};
  }
  LinkParameters operator()(const Gretap& tunnel) const {
    return GretapLink{tunnel.local, tunnel.remote, tunnel.lower};
  }
  LinkParameters operator()(const Wireguard& tunnel) const {
    return WireguardLink{tunnel.backend == WireguardBackend::kUserspace ||
                         (tunnel.backend == WireguardBackend::kAuto && no_wireguard)};
  }
  LinkParameters operator()(const Veth& veth) const {
    return VethLink{veth.space,  veth.number,   veth.address, veth.gateway,
                    veth.inside, veth.address6, veth.gateway6};
  }
};

}   // namespace

LinkParameters parameters_of(const Interface& interface, const Observed& observed) {
  return std::visit(
      ParametersOf{observed.kinds_refused.contains("vlan"), observed.kinds_refused.contains("wireguard")},
      interface.made);
}

bool changes_in_place(const LinkParameters& from, const LinkParameters& to) {
  return from.index() == to.index() &&
         (std::holds_alternative<BridgeLink>(to) || std::holds_alternative<GretapLink>(to));
}

bool is_usable(const Interface& interface, const Observed& observed) {
  const auto at = observed.links.find(interface.name);
  const ObservedLink* seen = at == observed.links.end() ? nullptr : &at->second;
  if (!seen || std::holds_alternative<std::monostate>(interface.made)) return seen;
  const LinkParameters wanted = parameters_of(interface, observed);
  return is_own(observed, *seen) &&
         (seen->parameters == wanted || changes_in_place(seen->parameters, wanted));
}

}   // namespace sluice
