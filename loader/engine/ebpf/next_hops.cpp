// SPDX-License-Identifier: GPL-2.0-or-later
// Where flows go on a link, as the kernel knows it.
#include <ranges>
#include <set>

#include "engine/ebpf/engine_ebpf.hpp"
#include "kernel/netlink/stale_neighbours.hpp"

namespace sluice {
namespace {

constexpr size_t kMostOfALink = 64;   // all of a /24 have their turn in half a minute

}   // namespace

// The low half of the version; it wraps within its own 16 bits.
Result<> EngineEbpf::refresh_next_hops(Hops) {
  if (!tables_ || tables_->config.version() == 0) return {};
  const uint32_t version = tables_->config.version();
  tables_->config.set_version((version & 0xffff0000) | ((version + 1) & 0xffff));
  return {};
}

Result<> EngineEbpf::confirm_next_hops() {
  std::set<uint32_t> managed;
  for (const uint32_t index : interfaces_by_slot() | std::views::values) managed.insert(index);
  if (managed.empty()) return {};
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  const auto is_managed = [&](uint32_t index) { return managed.contains(index); };
  for (const StaleNeighbour& one : oldest_of_each(TRY(list_stale_neighbours(rtnl)), kMostOfALink, is_managed))
    TRY(use_neighbour(rtnl, one));
  return {};
}

}   // namespace sluice
