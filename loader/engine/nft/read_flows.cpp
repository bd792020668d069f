// SPDX-License-Identifier: GPL-2.0-or-later
// The flows of the nftables engine, from connection tracking: shown, and ended when somebody says so.
#include <map>
#include <memory>
#include <span>
#include <tuple>

#include "compile/common/judge.hpp"
#include "engine/nft/engine_nft.hpp"
#include "engine/nft/flow_places.hpp"
#include "engine/nft/flow_states.hpp"
#include "model/routing.hpp"

namespace sluice {
namespace {

class NoFlows final : public FlowReader {
 public:
  Result<bool> next(std::vector<FlowState>&) override { return false; }
};

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
      TRY(find_ends(flow, judge_, routes));
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

}   // namespace sluice
