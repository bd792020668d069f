// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/flow_memory.hpp"

#include <cstddef>
#include <cstring>

namespace sluice {
namespace {

template <class K, class Home>
Result<const sl_flow*> find_in(const FlowTable<K, Home>& table, std::span<const Home> homes, const K& key,
                               const sl_config& config) {
  const auto row = TRY(table.row_of(key, config, [&](uint32_t number) -> Result<const Home*> {
    return number < homes.size() ? &homes[number] : nullptr;
  }));
  return row ? &homes[*row / 2].flow[*row & 1] : nullptr;
}

void zero_counts(sl_flow& flow) {
  __atomic_store_n(&flow.packets, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&flow.bytes, 0, __ATOMIC_RELAXED);
}

// Numbers that were seen here are of an earlier time, or of an earlier connection of the same ports: packets
// that go on from where it is now would be too far from them, and keep nothing alive. The flags say which
// numbers are known.
void renew_row(sl_flow& flow, const sl_flow& as) {
  __atomic_store_n(&flow.tcp_flags, as.tcp_flags, __ATOMIC_RELAXED);
  __atomic_store_n(&flow.tcp_scale, as.tcp_scale, __ATOMIC_RELAXED);
  __atomic_store_n(&flow.stamp, as.stamp, __ATOMIC_RELAXED);
  __atomic_store_n(&flow.state, as.state, __ATOMIC_RELAXED);
}

}   // namespace

Result<FlowMemory> FlowMemory::of(const Tables& tables) {
  MapMemory four = TRY(MapMemory::to_write("flows4", tables.flows4.fd()));
  return FlowMemory(tables, std::move(four), TRY(MapMemory::to_write("flows6", tables.flows6.fd())));
}

Result<const sl_flow*> FlowMemory::find(const sl_tuple& tuple) const {
  const sl_config& config = *tables_->config.operator->();
  return tuple.family == 4 ? find_in(tables_->flows4, homes4(), key4_of(tuple), config)
                           : find_in(tables_->flows6, homes6(), key6_of(tuple), config);
}

Result<sl_flow*> FlowMemory::find_to_write(const sl_tuple& tuple) {
  return const_cast<sl_flow*>(TRY(find(tuple)));
}

Result<std::optional<sl_flow>> FlowMemory::read(const sl_tuple& tuple) const {
  const sl_flow* flow = TRY(find(tuple));
  return flow ? std::optional(*flow) : std::nullopt;
}

Result<> FlowMemory::add(const sl_tuple& tuple, uint64_t packets, uint64_t bytes) {
  if (sl_flow* flow = TRY(find_to_write(tuple))) {
    __atomic_fetch_add(&flow->packets, packets, __ATOMIC_RELAXED);
    __atomic_fetch_add(&flow->bytes, bytes, __ATOMIC_RELAXED);
  }
  return {};
}

Result<> FlowMemory::zero(const sl_tuple& tuple) {
  sl_flow* flow = TRY(find_to_write(tuple));
  if (!flow) return {};
  zero_counts(*flow);
  if (sl_flow* peer = TRY(find_to_write(peer_of({tuple, *flow})))) zero_counts(*peer);
  return {};
}

Result<> FlowMemory::use(const sl_tuple& tuple, uint32_t stamp) {
  sl_flow* flow = TRY(find_to_write(tuple));
  if (flow && static_cast<int32_t>(stamp - __atomic_load_n(&flow->stamp, __ATOMIC_RELAXED)) > 0)
    __atomic_store_n(&flow->stamp, stamp, __ATOMIC_RELAXED);
  return {};
}

// By how much sequence numbers are translated was chosen when the connection began: by another SYN cookie, or
// none, another one began.
Result<bool> FlowMemory::is_shifted_alike(const FlowRow& wanted, const sl_flow& flow) const {
  if (is_proxied(flow) != is_proxied(wanted.flow)) return false;
  if (!is_proxied(flow)) return true;
  return flow.slot != 0 && TRY(shift_of(*tables_, {wanted.tuple, flow})) == wanted.flow.tcp_ack;
}

Result<FlowMemory::Renewal> FlowMemory::renew(const FlowPair& pair) {
  sl_flow* original = TRY(find_to_write(pair.original.tuple));
  if (!original) return Renewal::kNone;
  const sl_tuple peer = peer_of({pair.original.tuple, *original});
  if (std::memcmp(&peer, &pair.reply.tuple, sizeof(peer)) != 0) return Renewal::kOther;
  sl_flow* reply = TRY(find_to_write(peer));
  if (!reply || !TRY(is_shifted_alike(pair.original, *original))) return Renewal::kOther;
  renew_row(*original, pair.original.flow);
  renew_row(*reply, pair.reply.flow);
  return Renewal::kDone;
}

}   // namespace sluice
