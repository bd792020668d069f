// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/path_book.hpp"

#include <algorithm>
#include <utility>

#include "path/path_key.hpp"

namespace sluice {

namespace {

std::vector<const Tunnel*> tunnels_with(const Document& document, uint16_t port) {
  std::vector<const Tunnel*> found;
  for (const Interface& interface : document.interfaces)
    if (const auto* made = std::get_if<Wireguard>(&interface.made); made && made->tunnel.port == port)
      found.push_back(&made->tunnel);
  return found;
}

}   // namespace

std::vector<PathOrder> PathBook::orders(const Document& document, const std::vector<PortOfOurs>& ports) {
  std::vector<PathOrder> orders;
  auto known = std::exchange(keys_, {});
  for (const PortOfOurs& port : ports)
    for (const Tunnel* tunnel : tunnels_with(document, port.port)) {
      const WireguardKey own = public_key_of(tunnel->private_key);
      for (const auto& [public_key, peer] : tunnel->peers) {
        auto kept = known.extract({own, public_key});
        const auto key = kept ? kept.mapped() : path_key(tunnel->private_key, public_key);
        keys_[{own, public_key}] = key;
        if (!key) continue;
        orders.push_back(path_order_to(peer, port.port, *key));
        orders.back().yields = public_key < own;
        if (document.reachability) orders.back().preferred = document.reachability->paths;
      }
    }
  std::ranges::stable_partition(orders, [](const PathOrder& one) { return one.dial.has_value(); });
  if (orders.size() > kMostPaths) orders.resize(kMostPaths);
  return orders;
}

std::vector<PathRelay> path_relays(const Document& document) {
  std::vector<PathRelay> relays;
  if (!document.reachability) return relays;
  for (const UsedRelay& used : document.reachability->relays) {
    PathRelay relay{.ends = {}, .at = used.at, .to_port = used.to_port};
    for (const auto& end : {used.asked, used.asked6})
      if (end) relay.ends.push_back(*end);
    relays.push_back(std::move(relay));
  }
  return relays;
}

}   // namespace sluice
