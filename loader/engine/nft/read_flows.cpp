// SPDX-License-Identifier: GPL-2.0-or-later
// The flows of the nftables engine, from connection tracking: shown, and ended when the rules say so.
#include <netinet/in.h>

#include <map>
#include <memory>
#include <span>
#include <tuple>

#include "compile/common/judge.hpp"
#include "compile/nft/marks.hpp"
#include "engine/nft/engine_nft.hpp"
#include "engine/nft/flow_states.hpp"
#include "engine/nft/others.hpp"
#include "model/routing.hpp"

namespace sluice {
namespace {

FlowEnds ends_of(const FlowState& flow) {
  const FlowDirection &there = flow.original, &back = flow.reply;
  return {.packet = {.protocol = flow.protocol,
                     .source = {there.source, there.source_port},
                     .destination = {there.destination, there.destination_port},
                     .zone_in = flow.zone_in,
                     .vrf_in = flow.vrf_in},
          .answers_from = {back.source, back.source_port},
          .answers_to = {back.destination, back.destination_port},
          .zone_out = flow.zone_out,
          .vrf_out = flow.vrf_out,
          .ifindex_out = flow.ifindex_out,
          .is_closing = flow.phase == FlowPhase::kClosing};
}

class NoFlows final : public FlowReader {
 public:
  Result<bool> next(std::vector<FlowState>&) override { return false; }
};

// Where the ends are now, whatever the pair in its mark says: rules and routes may have changed.
void place(FlowState& flow, const NumberedRules& rules) {
  const auto zone_of = [&](uint32_t index, uint16_t vrf, uint16_t known) {
    for (const auto& [own, row] : rules.interfaces)
      if (own == index) return row.vrf == vrf ? row.zone : kUnknownZone;
    return index == 0 && known == 0 ? uint16_t{0} : kUnknownZone;
  };
  flow.zone_in = zone_of(flow.ifindex_in, flow.vrf_in, flow.zone_in);
  flow.zone_out = zone_of(flow.ifindex_out, flow.vrf_out, flow.zone_out);
}

// Datagrams to a group end at the gateway and are answered by other addresses: not what a flow is.
bool is_to_many(const FlowState& flow) {
  return flow.original.destination.is_multicast() ||
         flow.original.destination == IpAddress::from_ipv4(0xffffffff);
}

// With the rules that were in force when it began.
class NftFlowReader final : public FlowReader {
 public:
  static Result<std::unique_ptr<FlowReader>> open(std::shared_ptr<const Document> document,
                                                  std::shared_ptr<const RulesNft> rules, FlowNumbers numbers,
                                                  bool ends_alone) {
    auto conntrack = TRY(Conntrack::open());
    auto rtnl = TRY(RtnlSocket::open());
    if (conntrack.is_empty()) return std::make_unique<NoFlows>();
    TRY(conntrack.begin_dump());
    return std::unique_ptr<FlowReader>(new NftFlowReader(std::move(conntrack), std::move(rtnl),
                                                         std::move(document), std::move(rules),
                                                         std::move(numbers), ends_alone));
  }

  Result<bool> next(std::vector<FlowState>& piece) override {
    const size_t before = piece.size();
    const bool more = TRY(conntrack_.next_of_dump([&](const ConntrackEntry& entry) {
      auto flow = flow_state(entry, numbers_, document_->timeouts);
      if (flow && !is_to_many(*flow)) piece.push_back(*flow);
    }));
    if (ends_alone_) return more;
    RouteCache routes(rtnl_);
    for (FlowState& flow : std::span(piece).subspan(before)) {
      TRY(find_interfaces(flow, routes));
      keep_to_zone(flow, *rules_->numbers);
      if (flow.zone_in != kUnknownZone) flow.nat = judge_.nat_of(ends_of(flow));
    }
    return more;
  }

 private:
  NftFlowReader(Conntrack conntrack, RtnlSocket rtnl, std::shared_ptr<const Document> document,
                std::shared_ptr<const RulesNft> rules, FlowNumbers numbers, bool ends_alone)
      : conntrack_(std::move(conntrack)),
        rtnl_(std::move(rtnl)),
        document_(std::move(document)),
        rules_(std::move(rules)),
        judge_(*document_, *rules_->numbers),
        numbers_(std::move(numbers)),
        ends_alone_(ends_alone) {}

  Conntrack conntrack_;
  RtnlSocket rtnl_;
  std::shared_ptr<const Document> document_;
  std::shared_ptr<const RulesNft> rules_;
  const Judge judge_;
  const FlowNumbers numbers_;   // its pairs are those of the rules
  const bool ends_alone_;
};

// A handshake that is not done begins anew with the next SYN, and who has closed knows already.
bool is_told_by_reset(const FlowState& flow) {
  return flow.protocol == IPPROTO_TCP && flow.phase == FlowPhase::kEstablished;
}

bool is_masquerade(const NumberedRules& rules, uint32_t object) {
  for (const sl_masquerade& row : rules.masquerades)
    if (row.object == object) return object != 0;
  return false;
}

}   // namespace

FlowNumbers EngineNft::flow_numbers() const {
  return {rules_->pairs, document_ ? vrfs_of_zones(*document_) : std::vector<uint16_t>{}, rules_->asked_vrfs,
          pairs_before_};
}

Result<std::unique_ptr<FlowReader>> EngineNft::read_flows() {
  if (!rules_ || !document_) return std::make_unique<NoFlows>();
  return NftFlowReader::open(document_, rules_, flow_numbers(), false);
}

Result<std::unique_ptr<FlowReader>> EngineNft::read_flow_ends() {
  if (!rules_ || !document_) return std::make_unique<NoFlows>();
  return NftFlowReader::open(document_, rules_, flow_numbers(), true);
}

Result<std::optional<uint64_t>> EngineNft::count_flows() { return TRY(Conntrack::open()).count(); }

// Its VRF tells apart both directions, or how packets of the original one arrive: the table's chains have
// chosen.
Result<bool> EngineNft::end_flow(const FlowKey& flow) {
  if (!rules_ || !document_) return false;
  Conntrack conntrack = TRY(Conntrack::open());
  ConntrackEntry wanted;
  wanted.protocol = flow.protocol;
  wanted.original = {flow.source, flow.destination, flow.source_port, flow.destination_port};
  wanted.zone = flow.vrf;
  for (const bool of_original : {false, true}) {
    wanted.zone_of_original = of_original;
    const auto found = TRY(conntrack.find(wanted));
    const auto state = found ? flow_state(*found, flow_numbers(), document_->timeouts) : std::nullopt;
    if (!state || is_to_many(*state) || key_of(*state) != flow) continue;
    return TRY(conntrack.remove({&*found, 1})).done > 0;
  }
  return false;
}

std::vector<MappingState> EngineNft::mappings_of(const std::vector<FlowState>& flows) const {
  using Ends = std::tuple<uint8_t, uint16_t, IpAddress, uint16_t, IpAddress, uint16_t>;
  std::map<Ends, MappingState> mappings;
  for (const FlowState& flow : flows) {
    if (!is_masquerade(*rules_->numbers, flow.nat)) continue;
    const Ends ends{flow.protocol,          flow.vrf_in,
                    flow.original.source,   flow.original.source_port,
                    flow.reply.destination, flow.reply.destination_port};
    MappingState& row = mappings[ends];
    row = {flow.protocol, flow.original.source,      flow.reply.destination,      flow.vrf_in,
           flow.vrf_out,  flow.original.source_port, flow.reply.destination_port, flow.nat,
           row.flows + 1};
  }
  std::vector<MappingState> list;
  for (auto& [ends, row] : mappings) list.push_back(row);
  return list;
}

Result<std::vector<MappingState>> EngineNft::mappings() { return mappings_of(TRY(flows())); }

template <class Ends>
Result<uint32_t> EngineNft::end_flows(Ends ends) {
  Conntrack conntrack = TRY(Conntrack::open());
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  RouteCache routes(rtnl);
  std::vector<ConntrackEntry> over;
  std::vector<std::pair<ConntrackEntry, FlowState>> all;
  const FlowNumbers numbers = flow_numbers();
  TRY(conntrack.dump([&](const ConntrackEntry& entry) {
    if (auto flow = flow_state(entry, numbers, document_->timeouts); flow && !is_to_many(*flow))
      all.emplace_back(entry, *flow);
  }));
  for (auto& [entry, flow] : all) {
    TRY(find_interfaces(flow, routes));
    if (ends(entry, flow)) over.push_back(entry);
  }
  return TRY(conntrack.remove(over)).done;
}

// The kernel ends idle flows by itself. After a change of the rules packets are judged anew by the table;
// this ends the flows that have none, and those whose translation is no longer that of the rules or of
// others.
Result<uint32_t> EngineNft::gc(Gc what) {
  if (what == Gc::kExpired || holds_flows() || !rules_ || !document_) return 0;
  const Judge judge(*document_, *rules_->numbers);
  OthersRules others;
  std::vector<ConntrackEntry> told_by_reset;
  const uint32_t ended = TRY(end_flows([&](const ConntrackEntry& entry, FlowState& flow) {
    place(flow, *rules_->numbers);
    if (flow.zone_in == kUnknownZone || flow.zone_out == kUnknownZone) return true;
    const FlowEnds ends = ends_of(flow);
    if (judge.allows(ends) || others.allow(judge, ends)) return false;
    if (!is_told_by_reset(flow) || !judge.lost_its_backend(ends)) return true;
    told_by_reset.push_back(entry);
    return false;
  }));
  for (ConntrackEntry& entry : told_by_reset) entry.mark = over(entry.mark);
  TRY(TRY(Conntrack::open()).set_marks(told_by_reset));
  return ended;
}

// The way to an end may lead into another zone now: that is another decision. Neighbours are the kernel's
// affair.
Result<> EngineNft::refresh_next_hops(Hops changed) {
  if (changed == Hops::kNeighbours || holds_flows() || !rules_ || !document_) return {};
  TRY(end_flows([&](const ConntrackEntry&, FlowState& flow) {
    const uint16_t in = flow.zone_in, out = flow.zone_out;
    place(flow, *rules_->numbers);
    return flow.zone_in != in || flow.zone_out != out;
  }));
  return {};
}

}   // namespace sluice
