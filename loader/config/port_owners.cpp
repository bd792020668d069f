// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/port_owners.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/complaints.hpp"

namespace sluice::config {

bool takes(const Forward& forward, uint8_t protocol) {
  return std::ranges::find(forward.protocols, protocol) != forward.protocols.end();
}

std::string title_of(const Forward& forward) {
  return fmt::format("{} {}", forward.service ? "service" : "forward", quote(forward.name));
}

void check_interface_of_ports(const std::string& interface, const Node& node, Draft& draft) {
  const auto is_named = [&](const auto& one) { return one.value.name == interface; };
  const auto at = std::ranges::find_if(draft.interfaces, is_named);
  if (at != draft.interfaces.end() && !at->value.vrf.empty())
    draft.complaints.say(*node.member("interface"),
                         fmt::format("{} lies in VRF {}", quote(interface), quote(at->value.vrf)),
                         "an interface of the main VRF");
}

}   // namespace sluice::config
