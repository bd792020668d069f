// SPDX-License-Identifier: GPL-2.0-or-later
// A cluster whose nodes all carry (role "active-active"): how packets get to each of them, and what cannot be
// at several nodes at once.
#include <fmt/format.h>

#include "config/check.hpp"
#include "config/complaints.hpp"
#include "maps/handover.h"

namespace sluice::config {
namespace {

class Carriers {
 public:
  Carriers(const Cluster& cluster, const Node& role, Draft& draft)
      : cluster_(cluster), role_(role), draft_(draft) {}

  void check() {
    if (!cluster_.addresses || cluster_.addresses->asn == 0)
      return say("nothing leads to more than one node", R"("addresses" with "by": "bgp")");
    if (!cluster_.sync) return say("nodes do not know each other's flows", R"("sync")");
    if (cluster_.addresses->interface != cluster_.sync->interface)
      return say("nodes hear each other elsewhere than they hand packets over",
                 R"("addresses" without "interface", or that of "sync")");
    check_links();
    check_parts();
  }

 private:
  void say(std::string reason, std::string remedy = {}) {
    draft_.complaints.say(role_, std::move(reason), std::move(remedy));
  }

  void check_links() {
    if (draft_.interfaces.size() >= SL_MAX_NUMBERED)
      say(fmt::format("{} interfaces", draft_.interfaces.size()),
          fmt::format("at most {}", SL_MAX_NUMBERED - 1));
    for (const auto& [interface, node] : draft_.interfaces) {
      const bool is_device = std::holds_alternative<std::monostate>(interface.made);
      if (interface.name == cluster_.sync->interface && !is_device)
        say(fmt::format("nodes cannot hand packets over by {}", quote(interface.name)),
            "a device that sluice does not make");
      else if (!interface.shared && interface.name != cluster_.sync->interface)
        draft_.complaints.say(*node, fmt::format("{} cannot be at all nodes", quote(interface.name)),
                              R"(the role "active-standby")");
      else if (std::holds_alternative<Vxlan>(interface.made))
        draft_.complaints.say(*node, "a VXLAN cannot be at all nodes", R"(the role "active-standby")");
      if (interface.shared) check_addresses(interface, *node);
    }
  }

  // On a wire with others an address is one machine's.
  void check_addresses(const Interface& interface, const Node& node) {
    for (const InterfaceAddress& address : interface.addresses)
      if (address.length != address.address.bits())
        draft_.complaints.say(place(node, "addresses"),
                              fmt::format("{} would be at several nodes of one network", address.to_string()),
                              fmt::format("{}/{}, and \"addresses\" of each node in \"nodes\"",
                                          address.address.to_string(), address.address.bits()));
  }

  // What is behind these, or who asks by them, is at one node.
  void check_parts() {
    refuse(!draft_.networks.empty(), "networks");
    refuse(!draft_.pods.empty(), "pods");
    refuse(draft_.relay.has_value(), "a relay");
    refuse(draft_.mapping_requests.has_value(), "requests for mappings");
    refuse(draft_.reachability.has_value(), "a gateway behind somebody else's NAT");
  }

  void refuse(bool is_there, std::string_view what) {
    if (is_there) say(fmt::format("{}: not where all nodes carry", what), R"("active-standby")");
  }

  const Cluster& cluster_;
  const Node& role_;
  Draft& draft_;
};

}   // namespace

void check_carriers(Draft& draft) {
  if (!draft.cluster || !draft.cluster->value.all_carry) return;
  Carriers(draft.cluster->value, place(*draft.cluster->node, "role"), draft).check();
}

}   // namespace sluice::config
