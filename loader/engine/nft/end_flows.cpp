// SPDX-License-Identifier: GPL-2.0-or-later
// The flows that end when rules or routes have changed. The kernel ends idle ones by itself.
#include <netinet/in.h>

#include <optional>

#include "compile/common/judge.hpp"
#include "compile/nft/marks.hpp"
#include "engine/nft/engine_nft.hpp"
#include "engine/nft/flow_places.hpp"
#include "engine/nft/flow_states.hpp"
#include "engine/nft/others.hpp"

namespace sluice {
namespace {

// A handshake that is not done begins anew with the next SYN, and who has closed knows already.
bool is_told_by_reset(const FlowState& flow) {
  return flow.protocol == IPPROTO_TCP && flow.phase == FlowPhase::kEstablished;
}

// What the server of such a connection sends again, and nothing else knows, would begin a flow of the
// gateway's own, and its peer's packets would be the answers. So connection tracking goes on knowing it, as
// one that nobody has judged: each packet is.
bool is_kept_unjudged(const FlowState& flow) {
  return flow.protocol == IPPROTO_TCP && flow.zone_out == 0 && flow.phase != FlowPhase::kHalfOpen;
}

bool is_placed(const FlowState& flow) {
  return flow.zone_in != kUnknownZone && flow.zone_out != kUnknownZone;
}

}   // namespace

// Flows that are judged as first packets by the rules in force, wherever their ends are now.
class EngineNft::Review {
 public:
  Review(const Document& document, const RulesNft& rules) : rules_(rules), judge_(document, *rules.numbers) {}

  const Judge& judge() const { return judge_; }
  bool allows(const FlowState& placed) {
    if (!is_placed(placed)) return false;
    if (is_bogon(placed)) return false;
    const FlowEnds ends = ends_of(placed);
    return judge_.allows(ends) || others_.allow(judge_, ends);
  }
  bool lost_its_backend(const FlowState& placed) const {
    return is_placed(placed) && is_told_by_reset(placed) && judge_.lost_its_backend(ends_of(placed));
  }
  // Other rules admitted it: its next packet is judged anew, and the number of its zones may mean others now.
  bool is_of_others(const ConntrackEntry& entry, const FlowState& flow) const {
    return unpack(entry.mark).generation != rules_.generation || !is_placed(flow);
  }
  // Its generation is the next one's number too: by then it has to be one of others.
  bool is_mistaken_later(const ConntrackEntry& entry) const {
    return unpack(entry.mark).generation == later_generation(rules_.generation);
  }
  uint32_t mark_of_others(const ConntrackEntry& entry) const {
    NftMark mark = unpack(entry.mark);
    mark.generation = earlier_generation(rules_.generation);
    return pack(mark);
  }

 private:
  bool is_bogon(const FlowState& placed) const {
    const sl_interface* in = judge_.tables().interface(placed.ifindex_in);
    return in && in->bogons && judge_.tables().set_has(in->bogons, placed.original.source);
  }

  const RulesNft& rules_;
  const Judge judge_;
  OthersRules others_;
};

template <class Ends>
Result<uint32_t> EngineNft::end_flows(const Review& review, Ends ends) {
  Conntrack conntrack = TRY(Conntrack::open());
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  RouteCache routes(rtnl);
  std::vector<ConntrackEntry> over, unjudged;
  std::vector<std::pair<ConntrackEntry, FlowState>> all;
  const FlowNumbers numbers = flow_numbers();
  TRY(conntrack.dump([&](const ConntrackEntry& entry) {
    if (auto flow = flow_state(entry, numbers, document_->timeouts); flow && !is_to_many(*flow))
      all.emplace_back(entry, *flow);
  }));
  for (auto& [entry, flow] : all) {
    FlowState now = flow;
    TRY(find_ends_again(now, review.judge(), routes));
    place(now, *rules_->numbers);
    if (ends(entry, flow, now)) (is_kept_unjudged(flow) ? unjudged : over).push_back(entry);
  }
  for (ConntrackEntry& entry : unjudged) entry.mark = 0;
  return TRY(conntrack.remove(over)).done + TRY(conntrack.set_marks(unjudged)).done;
}

// After a change of the rules packets are judged anew by the table; this ends the flows that have none, and
// those whose translation is no longer that of the rules or of others.
Result<uint32_t> EngineNft::gc(Gc what) {
  if (what == Gc::kExpired || holds_flows() || !rules_ || !document_) return 0;
  Review review(*document_, *rules_);
  std::vector<ConntrackEntry> marked;
  const auto mark = [&](ConntrackEntry entry, uint32_t as) {
    entry.mark = as;
    marked.push_back(entry);
  };
  const auto ends = [&](const ConntrackEntry& entry, const FlowState&, const FlowState& now) {
    if (review.allows(now)) {
      if (review.is_mistaken_later(entry)) mark(entry, review.mark_of_others(entry));
      return false;
    }
    if (!review.lost_its_backend(now)) return true;
    mark(entry, over(entry.mark));
    return false;
  };
  const uint32_t ended = TRY(end_flows(review, ends));
  TRY(TRY(Conntrack::open()).set_marks(marked));
  return ended;
}

// The way to an end may lead into another zone now: that is another decision. Neighbours are the kernel's
// affair.
Result<> EngineNft::refresh_next_hops(Hops changed) {
  if (changed == Hops::kNeighbours || holds_flows() || !rules_ || !document_) return {};
  Review review(*document_, *rules_);
  TRY(end_flows(review, [&](const ConntrackEntry& entry, const FlowState& before, const FlowState& now) {
    if (review.is_of_others(entry, before)) return !review.allows(now);
    return now.zone_in != before.zone_in || now.zone_out != before.zone_out;
  }));
  return {};
}

}   // namespace sluice
