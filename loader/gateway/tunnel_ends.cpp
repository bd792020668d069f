// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/tunnel_ends.hpp"

#include <algorithm>

#include "kernel/netlink/link_contents.hpp"
#include "kernel/netlink/links.hpp"

namespace sluice {
namespace {

const ObservedLink* link_of(const Interface& interface, const std::vector<ObservedLink>& links) {
  const auto at = std::find_if(links.begin(), links.end(), [&](const ObservedLink& link) {
    return link.name == interface.name && std::holds_alternative<VxlanLink>(link.parameters);
  });
  return at == links.end() ? nullptr : &*at;
}

}   // namespace

Result<std::vector<TunnelEnd>> list_tunnel_ends(RtnlSocket& rtnl, const Document& document) {
  std::vector<TunnelEnd> ends;
  const auto links = TRY(list_links(rtnl));
  for (const Interface& interface : document.interfaces) {
    const auto* wanted = std::get_if<Vxlan>(&interface.made);
    if (!wanted) continue;
    const ObservedLink* link = link_of(interface, links);
    if (!link) continue;
    const auto& vxlan = std::get<VxlanLink>(link->parameters);
    const auto peers = peers_of(*wanted);
    for (const FdbEntry& entry : TRY(list_fdb(rtnl, link->index)))
      if (std::ranges::find(peers, entry.remote) != peers.end())
        ends.push_back(
            {link->index, entry.mac, vxlan.local, entry.remote, vxlan.vni, vxlan.port, entry.learned});
  }
  return ends;
}

}   // namespace sluice
