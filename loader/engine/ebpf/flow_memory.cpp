// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/flow_memory.hpp"

#include <cstddef>
#include <cstring>

namespace sluice {
namespace {

template <class Home>
sl_flow* flow_in(MapMemory& memory, uint32_t row) {
  Home* homes = reinterpret_cast<Home*>(memory.bytes_to_write());
  return &homes[row / 2].flow[row & 1];
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

Result<sl_flow*> FlowMemory::find(const sl_tuple& tuple) {
  const sl_config& config = *tables_->config.operator->();
  if (tuple.family == 4) {
    const auto place = TRY(tables_->flows4.place_of(key4_of(tuple), config));
    return place ? flow_in<sl_home4>(four_, place->row) : nullptr;
  }
  const auto place = TRY(tables_->flows6.place_of(key6_of(tuple), config));
  return place ? flow_in<sl_home6>(six_, place->row) : nullptr;
}

Result<> FlowMemory::add(const sl_tuple& tuple, uint64_t packets, uint64_t bytes) {
  if (sl_flow* flow = TRY(find(tuple))) {
    __atomic_fetch_add(&flow->packets, packets, __ATOMIC_RELAXED);
    __atomic_fetch_add(&flow->bytes, bytes, __ATOMIC_RELAXED);
  }
  return {};
}

Result<> FlowMemory::zero(const sl_tuple& tuple) {
  sl_flow* flow = TRY(find(tuple));
  if (!flow) return {};
  zero_counts(*flow);
  if (sl_flow* peer = TRY(find(peer_of({tuple, *flow})))) zero_counts(*peer);
  return {};
}

Result<> FlowMemory::use(const sl_tuple& tuple, uint32_t stamp) {
  sl_flow* flow = TRY(find(tuple));
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

Result<bool> FlowMemory::renew(const FlowPair& pair) {
  sl_flow* original = TRY(find(pair.original.tuple));
  if (!original) return false;
  const sl_tuple peer = peer_of({pair.original.tuple, *original});
  if (std::memcmp(&peer, &pair.reply.tuple, sizeof(peer)) != 0) return false;
  sl_flow* reply = TRY(find(peer));
  if (!reply || !TRY(is_shifted_alike(pair.original, *original))) return false;
  renew_row(*original, pair.original.flow);
  renew_row(*reply, pair.reply.flow);
  return true;
}

}   // namespace sluice
