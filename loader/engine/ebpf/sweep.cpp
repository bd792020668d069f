// SPDX-License-Identifier: GPL-2.0-or-later
// The end of what nobody uses, of flows that the rules do not allow any more, and of one that somebody ends.
#include "engine/ebpf/engine_ebpf.hpp"
#include "engine/ebpf/table.hpp"

namespace sluice {
namespace {

// A look at all flows costs little more than one at those of a few objects.
constexpr size_t kMostLooks = 4;

}   // namespace

// Flows of the rules in force need no look, but those of backends that were left.
Result<uint32_t> EngineEbpf::gc(Gc what) {
  if (!tables_ || (holds_flows() && what == Gc::kDisallowed)) return 0;
  if (!holds_flows() && kept_.use_count() == 1) kept_.reset();
  const uint32_t generation = SL_GENERATION(tables_->config.version());
  const uint32_t left = what == Gc::kDisallowed ? TRY(end_left()) : 0;
  if (what == Gc::kDisallowed && judged_ == generation) return left;
  TRY(runner_->expire_frag_queues());
  TRY(runner_->end_rests());
  TRY(end_buckets());
  const auto mode = what == Gc::kExpired ? Runner::Mode::kExpired : Runner::Mode::kDisallowed;
  const uint32_t ended4 = TRY(runner_->walk(false, TRY(use_of(tables_->flow_slots4.fd())).size, mode)),
                 ended6 = TRY(runner_->walk(true, TRY(use_of(tables_->flow_slots6.fd())).size, mode));
  if (what == Gc::kDisallowed) judged_ = generation;
  return left + ended4 + ended6;
}

// Whether they are full the packet path says: only it may end them.
Result<> EngineEbpf::end_buckets() {
  std::vector<sl_limit_key> buckets;
  TRY(tables_->limit_buckets.for_each(
      [&](const sl_limit_key& key, const sl_bucket&) { buckets.push_back(key); }));
  TRY(runner_->end_buckets(buckets));
  return {};
}

Result<uint32_t> EngineEbpf::walk_led(uint32_t object) {
  const uint32_t ended = TRY(runner_->walk_led(false, TRY(use_of(tables_->flow_slots4.fd())).size, object));
  return ended + TRY(runner_->walk_led(true, TRY(use_of(tables_->flow_slots6.fd())).size, object));
}

// By the code that ends it when it is idle: ports, places and counts are given back.
Result<bool> EngineEbpf::end_flow(const FlowKey& flow) {
  if (!tables_) return false;
  const sl_tuple tuple =
      tuple_of({flow.source, flow.destination, flow.source_port, flow.destination_port, 0, 0}, flow.protocol,
               flow.vrf);
  const auto row = TRY(find_flow(*tables_, tuple));
  if (!row || row->flags & SL_FLOW_REPLY) return false;
  return TRY(runner_->visit({&tuple, 1}, Runner::Mode::kAll)) > 0;
}

// A packet that began before may make a flow yet.
Result<uint32_t> EngineEbpf::end_left() {
  if (left_.empty()) return 0;
  if (live_) TRY(live_->await_packets());
  std::vector<uint32_t> objects;
  for (const uint32_t object : left_) {
    const auto count = TRY(tables_->object_counters.find(object));
    if (!object || !count || static_cast<int64_t>(count->flows - count->ended) > 0) objects.push_back(object);
  }
  uint32_t ended = 0;
  if (objects.size() > kMostLooks) objects = {0};
  for (const uint32_t object : objects) ended += TRY(walk_led(object));
  left_.clear();
  return ended;
}

}   // namespace sluice
