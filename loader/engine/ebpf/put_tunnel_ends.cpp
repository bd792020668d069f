// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/put_tunnel_ends.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <map>

#include "compile/common/rows.hpp"

namespace sluice {
namespace {

struct Order {
  bool operator()(const sl_tunnel_end_key& a, const sl_tunnel_end_key& b) const {
    return std::memcmp(&a, &b, sizeof(a)) < 0;
  }
};
using EndRows = std::map<sl_tunnel_end_key, sl_tunnel_end, Order>;

sl_tunnel_end_key key_of(const TunnelEnd& end) {
  sl_tunnel_end_key key{.ifindex = end.index, .mac = {}, .zero = 0};
  std::copy(end.mac.begin(), end.mac.end(), key.mac);
  return key;
}

sl_tunnel_end row_of(const TunnelEnd& end) {
  sl_tunnel_end row{};
  row.local = row_address(end.local);
  row.remote = row_address(end.remote);
  row.vni = htonl(end.vni << 8);
  row.port = htons(end.port);
  row.family = end.local.is_ipv4() ? 4 : 6;
  row.learned = end.learned;
  return row;
}

// What the packet path writes stands behind.
bool same_end(const sl_tunnel_end& a, const sl_tunnel_end& b) {
  return std::memcmp(&a, &b, offsetof(sl_tunnel_end, version)) == 0;
}

}   // namespace

Result<> put_tunnel_ends(Tables& tables, const std::vector<TunnelEnd>& ends) {
  EndRows wanted, seen;
  for (const TunnelEnd& end : ends)
    if (wanted.size() < SL_MAX_TUNNEL_ENDS) wanted.emplace(key_of(end), row_of(end));
  TRY(tables.tunnel_ends.for_each(
      [&](const sl_tunnel_end_key& key, const sl_tunnel_end& row) { seen.emplace(key, row); }));
  for (const auto& [key, row] : seen)
    if (!wanted.contains(key)) TRY(tables.tunnel_ends.remove(key));
  for (const auto& [key, row] : wanted)
    if (const auto at = seen.find(key); at == seen.end() || !same_end(at->second, row))
      TRY(tables.tunnel_ends.put(key, row));
  return {};
}

}   // namespace sluice
