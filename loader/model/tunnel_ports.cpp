// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/tunnel_ports.hpp"

#include <netinet/in.h>

#include <algorithm>

namespace sluice {

bool takes_udp_of_gateway(const Forward& forward, const std::set<std::string_view>& elsewhere) {
  const auto* interface = std::get_if<std::string>(&forward.listen);
  return std::ranges::find(forward.protocols, IPPROTO_UDP) != forward.protocols.end() &&
         !(interface && elsewhere.contains(*interface));
}

std::set<std::string_view> interfaces_in_vrfs(const Document& document) {
  std::set<std::string_view> names;
  for (const Interface& interface : document.interfaces)
    if (!interface.vrf.empty()) names.insert(interface.name);
  return names;
}

}   // namespace sluice
