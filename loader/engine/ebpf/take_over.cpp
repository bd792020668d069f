// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/take_over.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <unordered_set>

#include "engine/ebpf/flow_rows.hpp"
#include "engine/ebpf/mapping_claims.hpp"
#include "engine/state.hpp"
#include "maps/protocols.h"

namespace sluice {
namespace {

constexpr size_t kSentences = 20;
constexpr size_t kFlowsAtOnce = 1024;   // of all, which may be a million

// Neither the rules nor the next hops of now: both halves of the version differ.
constexpr uint32_t other_version(uint32_t version) { return version ^ 0x80008000; }

bool has_new_ports(const FlowState& flow) {
  return flow.reply.destination_port != flow.original.source_port ||
         flow.reply.source_port != flow.original.destination_port;
}

class TakeOver {
 public:
  TakeOver(Tables& tables, Runner& runner, const NumberedRules& rules, uint32_t now,
           MappingClaims::Flags mapping_flags)
      : tables_(tables),
        runner_(runner),
        rules_(rules),
        sources_(rules),
        claims_(tables, std::move(mapping_flags)),
        times_{other_version(tables.config.version()), now, std::max<uint32_t>(tables.config->hz, 1)} {
    for (const auto& [index, row] : rules.interfaces) managed_.insert(index);
  }

  Result<TakenOver> run(const std::vector<FlowState>& flows);

 private:
  const char* why_not(const FlowState& flow) const;
  FlowPair pair_of(const FlowState& flow) const {
    return make_flow_pair(flow, has_new_source(flow) ? sources_.find(flow) : std::nullopt, times_);
  }
  Result<> take(std::span<const FlowState> flows);
  Result<> note_not_put(const FlowState& flow, const FlowPair& pair, int why);
  Result<bool> is_there(const FlowPair& pair) const;
  void leave(const FlowState& flow, const char* why);

  Tables& tables_;
  Runner& runner_;
  const NumberedRules& rules_;
  SourceRules sources_;
  MappingClaims claims_;
  PairTimes times_;
  std::unordered_set<uint32_t> managed_;
  TakenOver outcome_;
};

// Null: it can be taken over, as far as the rules tell.
const char* TakeOver::why_not(const FlowState& flow) const {
  if (std::max(flow.zone_in, flow.zone_out) >= rules_.header.zones)
    return "a zone that the rules do not have";
  if (has_unknown_shift(flow)) return kUnknownShift;
  if (flow.zone_in == 0 && flow.zone_out == 0) return "both its ends are the gateway";
  if (flow.zone_in != 0 && !managed_.contains(flow.ifindex_in))
    return "no interface of the document leads to where it comes from";
  if (flow.zone_out != 0 && !managed_.contains(flow.ifindex_out))
    return "no interface of the document leads to where it goes";
  if (has_new_ports(flow) && !sl_is_translated(flow.protocol))
    return "sluice cannot change ports of its protocol";
  // Towards the other family every source is another one.
  if (has_new_source(flow) && !changes_family(flow) && !sources_.find(flow))
    return "no rule translates its source any more";
  return nullptr;
}

void TakeOver::leave(const FlowState& flow, const char* why) {
  ++outcome_.left;
  if (outcome_.why.size() < kSentences)
    outcome_.why.push_back(fmt::format("flow {} ends: {}", to_string(flow), why));
}

Result<bool> TakeOver::is_there(const FlowPair& pair) const {
  const auto row = TRY(find_flow(tables_, pair.original.tuple));
  if (!row) return false;
  const sl_tuple peer = peer_of({pair.original.tuple, *row});
  return std::memcmp(&peer, &pair.reply.tuple, sizeof(peer)) == 0;
}

Result<> TakeOver::note_not_put(const FlowState& flow, const FlowPair& pair, int why) {
  if (why == -E2BIG) {
    leave(flow, "the flow table is full");
  } else if (why != -EEXIST) {
    return fail_errno("write to the flow table", -why);
  } else if (TRY(is_there(pair))) {
    ++outcome_.already;
  } else {
    leave(flow, "another flow has its addresses and ports");
  }
  return {};
}

Result<> TakeOver::take(std::span<const FlowState> flows) {
  std::vector<const FlowState*> wanted;
  std::vector<FlowPair> pairs;
  std::vector<sl_flow_pair> rows;
  for (const FlowState& flow : flows) {
    if (const char* why = why_not(flow)) {
      leave(flow, why);
      continue;
    }
    wanted.push_back(&flow);
    FlowPair& pair = pairs.emplace_back(pair_of(flow));
    if (claims_.offers(pair)) note_mapping(pair);
    rows.push_back({pair.original.tuple, pair.reply.tuple, pair.original.flow, pair.reply.flow});
  }
  for (size_t next = 0; next < rows.size(); ++next) {
    const Runner::Put put = TRY(runner_.put(std::span(rows).subspan(next)));
    for (const size_t end = next + put.done; next < end; ++next) claims_.hold(pairs[next]);
    outcome_.taken += static_cast<uint32_t>(put.done);
    if (put.why != 0) TRY(note_not_put(*wanted[next], pairs[next], put.why));
  }
  return {};
}

Result<TakenOver> TakeOver::run(const std::vector<FlowState>& flows) {
  for (const FlowState& flow : flows)
    if (!why_not(flow)) claims_.count(pair_of(flow));
  TRY(claims_.make());
  for (size_t done = 0; done < flows.size(); done += kFlowsAtOnce)
    TRY(take(std::span(flows).subspan(done, std::min(kFlowsAtOnce, flows.size() - done))));
  TRY(claims_.give_back());
  return std::move(outcome_);
}

}   // namespace

Result<TakenOver> take_over(Tables& tables, Runner& runner, const std::vector<FlowState>& flows,
                            const NumberedRules& rules, MappingClaims::Flags mapping_flags) {
  if (tables.config.version() == 0) return fail("take over flows: no rules are in force");
  return TakeOver(tables, runner, rules, TRY(runner.jiffies()), std::move(mapping_flags)).run(flows);
}

Result<> set_object_counts(Tables& tables, const std::vector<ObjectCount>& counts) {
  auto live = TRY(live_objects(tables));
  for (const ObjectCount& count : counts) {
    if (count.number == 0 || count.number >= SL_MAX_OBJECTS) continue;
    const sl_object_count& carried = live[count.number];
    const sl_object_count row{.flows = count.flows,
                              .packets = count.packets - std::min<uint64_t>(count.packets, carried.packets),
                              .bytes = count.bytes - std::min<uint64_t>(count.bytes, carried.bytes),
                              .ended = count.flows - carried.flows};
    TRY(tables.object_counters.put(count.number, row));
  }
  return {};
}

}   // namespace sluice
