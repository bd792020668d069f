// SPDX-License-Identifier: GPL-2.0-or-later
// Flows of another release's tables, as often as they are looked at: what came is taken over, what went ends,
// and what was half open and is not any more begins anew with what is known of it now.
#include <algorithm>
#include <chrono>

#include "base/fnv.hpp"
#include "engine/ebpf/older_tables.hpp"
#include "engine/ebpf/take_over.hpp"

namespace sluice {
namespace {

using Clock = std::chrono::steady_clock;

// Until a look at all of them finds few: what comes in the time of one look waits for the last one.
constexpr int kLooks = 8;
constexpr size_t kFew = 32;

uint64_t hash_of(const sl_tuple& tuple) { return fnv(kFnvStart, &tuple, sizeof(tuple)); }

bool is_reply(const OlderFlows::Row& row) { return row.flow.flags & SL_FLOW_REPLY; }

// Rows by the key of their direction.
class RowIndex {
 public:
  explicit RowIndex(const std::vector<OlderFlows::Row>& rows) : rows_(rows) {
    for (uint32_t i = 0; i < rows.size(); ++i)
      if (is_reply(rows[i])) places_.emplace_back(hash_of(rows[i].tuple), i);
    std::ranges::sort(places_);
    taken_.resize(rows.size());
  }
  // Null: not among them.
  const OlderFlows::Row* take(const sl_tuple& tuple) {
    const uint64_t hash = hash_of(tuple);
    for (auto at = std::ranges::lower_bound(places_, std::pair{hash, uint32_t{0}});
         at != places_.end() && at->first == hash; ++at)
      if (std::memcmp(&rows_[at->second].tuple, &tuple, sizeof(tuple)) == 0) {
        taken_[at->second] = true;
        return &rows_[at->second];
      }
    return nullptr;
  }
  bool is_left(size_t i) const { return is_reply(rows_[i]) && !taken_[i]; }

 private:
  const std::vector<OlderFlows::Row>& rows_;
  std::vector<std::pair<uint64_t, uint32_t>> places_;
  std::vector<bool> taken_;
};

void add_outcome(const TakenOver& piece, TakenOver& whole) {
  whole.taken += piece.taken;
  whole.left += piece.left;
  whole.why.insert(whole.why.end(), piece.why.begin(), piece.why.end());
}

}   // namespace

// No packet has come to the copy: the rows say that another generation judged them.
bool OlderTables::is_untouched(const sl_tuple& tuple, const Target& target, bool half_open) const {
  if (!target.late) return true;
  const auto flow = find_flow(target.tables, tuple);
  if (!flow || !*flow || (half_open && (*flow)->state != SL_FLOW_HALF_OPEN)) return false;
  return SL_GENERATION((*flow)->version) != SL_GENERATION(target.tables.config.version());
}

// What it carried was counted by the other release, when it ended there.
Result<uint32_t> OlderTables::end(const std::vector<sl_tuple>& flows, const Target& target) {
  std::vector<sl_tuple> over;
  for (const sl_tuple& tuple : flows) {
    if (!is_untouched(tuple, target, false)) continue;
    TRY(memory_->zero(tuple));
    over.push_back(tuple);
  }
  return target.runner.visit(over, Runner::Mode::kAll);
}

void OlderTables::add_changed(Family& family, const Target& target,
                              std::vector<OlderFlows::Row>& again) const {
  std::erase_if(family.waiting, [&](const Waiting& flow) {
    const auto row = family.flows.again(flow.original);
    if (!row) return true;
    if (row->flow.state == SL_FLOW_HALF_OPEN) return false;
    const auto reply = family.flows.again(flow.reply);
    if (!reply || !is_untouched(flow.tuple, target, true)) return true;
    again.push_back(*row);
    again.push_back(*reply);
    return true;
  });
}

// What the reply's row says follows from the other one, but for its packets.
FlowState OlderTables::state_between(const FlowRow& row, uint32_t now) const {
  FlowRow reply{.tuple = peer_of(row), .flow = row.flow};
  reply.flow.packets = reply.flow.bytes = 0;
  return state_of(row, &reply, config_, now);
}

Result<uint32_t> OlderTables::shift_in(const Family& family, const FlowRow& row) {
  return shift_of(
      row, [&](uint32_t number) { return family.slots.find<sl_flow_slot4>(number); },
      [&](uint32_t number) { return family.slots.find<sl_flow_slot6>(number); });
}

Result<> OlderTables::take(const std::vector<FlowState>& states, const std::vector<sl_tuple>& tuples,
                           const Target& target) {
  if (states.empty()) return {};
  // Whose begin was reported, its end will be.
  const OlderTable outside = TRY(table("nat_outside"));
  const auto flags = [&](const sl_endpoint& endpoint) -> Result<uint16_t> {
    const auto mapping = TRY(outside.find<sl_mapping>(endpoint));
    return mapping ? mapping->flags & SL_MAPPING_LOGGED : uint16_t{0};
  };
  const TakenOver taken = TRY(take_over(target.tables, target.runner, states, target.rules, flags));
  TRY(target.runner.visit(tuples, Runner::Mode::kAdopt));
  add_outcome(taken, carried_.flows);
  if (target.late) carried_.late_flows += taken.taken;
  return {};
}

Result<size_t> OlderTables::carry_family(Family& family, const Target& target, uint32_t now) {
  auto [rows, gone] = family.flows.look();
  const size_t come = rows.size();
  add_changed(family, target, rows);
  for (size_t i = come; i < rows.size(); ++i)
    if (!is_reply(rows[i])) gone.push_back(rows[i].tuple);
  if (!gone.empty()) {
    const uint32_t ended = TRY(end(gone, target));
    carried_.flows.taken -= std::min(carried_.flows.taken, ended);
  }
  RowIndex replies(rows);
  std::vector<FlowState> states;
  std::vector<sl_tuple> tuples;
  for (const OlderFlows::Row& row : rows) {
    if (is_reply(row)) continue;
    if (row.flow.flags & SL_FLOW_OTHER_FAMILY) {   // its reply stands in the table of that family
      if (row.flow.state == SL_FLOW_HALF_OPEN && !target.late) {
        family.flows.forget(row.number);
      } else {
        states.push_back(state_between(row, now));
        tuples.push_back(row.tuple);
      }
      continue;
    }
    const OlderFlows::Row* reply = replies.take(peer_of(row));
    if (!reply && !target.late) {   // it is being made
      family.flows.forget(row.number);
      continue;
    }
    // Most of them will not be at the next look. And of one with a SYN cookie too little is known until then.
    const bool can_wait = !memory_ || (is_proxied(row.flow) && !target.late);
    if (can_wait && row.flow.state == SL_FLOW_HALF_OPEN) {
      family.flows.forget(row.number);
      family.flows.forget(reply->number);
      continue;
    }
    states.push_back(state_of(row, reply, config_, now));
    states.back().shift = TRY(shift_in(family, row));
    tuples.push_back(row.tuple);
    if (reply && row.flow.state == SL_FLOW_HALF_OPEN)
      family.waiting.push_back({row.number, reply->number, row.tuple});
  }
  for (size_t i = 0; i < rows.size(); ++i)
    if (replies.is_left(i)) family.flows.forget(rows[i].number);
  TRY(take(states, tuples, target));
  return states.size();
}

Result<size_t> OlderTables::carry_flows(const Target& target) {
  const uint32_t now = TRY(target.runner.jiffies());
  size_t carried = 0;
  for (Family& family : families_) carried += TRY(carry_family(family, target, now));
  return carried;
}

Result<> OlderTables::carry(Tables& tables, Runner& runner, const NumberedRules& rules) {
  const Target target{tables, runner, rules, false};
  memory_.reset();   // so that the first look leaves what waits for an answer to the others
  TRY(carry_flows(target));
  memory_.emplace(TRY(FlowMemory::of(tables)));
  TRY(carry_counters(tables));
  TRY(carry_limits(target));
  for (int look = 1; look < kLooks && TRY(carry_flows(target)) > kFew; ++look) continue;
  return {};
}

Result<> OlderTables::carry_rest(Tables& tables, Runner& runner, const NumberedRules& rules) {
  const Target target{tables, runner, rules, true};
  TRY(carry_flows(target));
  carried_.exchange = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - exchange_began_);
  TRY(carry_limits(target));
  TRY(carry_counters(tables));
  TRY(carry_flow_counts());
  uint32_t mappings = 0;
  TRY(tables.nat_outside.for_each(
      [&](const sl_endpoint&, const sl_mapping& row) { mappings += is_live(row); }));
  carried_.mappings = mappings;
  return {};
}

Result<> OlderTables::carry_flow_counts() {
  for (Family& family : families_)
    TRY(family.flows.for_each_gain([&](const OlderFlows::Row& row, uint64_t packets, uint64_t bytes) {
      return memory_->add(row.tuple, packets, bytes);
    }));
  return {};
}

}   // namespace sluice
