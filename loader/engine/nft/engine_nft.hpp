// SPDX-License-Identifier: GPL-2.0-or-later
// The nftables engine: `table inet sluice` and the kernel's connection tracking. All of its state is in the
// kernel: another process finds it there.
#pragma once

#include <memory>
#include <optional>

#include "compile/nft/rules_nft.hpp"
#include "engine/engine.hpp"
#include "engine/nft/flow_states.hpp"
#include "kernel/conntrack/conntrack.hpp"
#include "kernel/nft/elements.hpp"
#include "kernel/nft/nft_monitor.hpp"

namespace sluice {

class EngineNft final : public Engine {
 public:
  static std::unique_ptr<EngineNft> open() { return std::unique_ptr<EngineNft>(new EngineNft); }

  std::string_view name() const override { return "nftables"; }
  bool loaded() const override { return seen_.loaded; }
  // What is in the kernel; asks for the table only when somebody touched it since.
  Result<ObservedNft> observe();
  // Readable when somebody changed a table; -1 before the first look.
  int changes_fd() const { return monitor_ ? monitor_->fd() : -1; }
  Result<bool> hear_changes();   // true: sluice's own was touched

  Result<std::optional<Step>> perform(const step::PutTable& step);
  Result<std::optional<Step>> perform(const step::RemoveTable& step);

  Result<> take_rules_back();   // step::TakeRulesBack

  // The rules that are in force, and the document that they mean: what flows are judged by.
  void know_rules(const Plan& plan, const Document& document) override;
  Result<bool> open_addresses(const std::vector<OpenedChange>& changes) override;
  Result<> refresh_next_hops(Hops changed) override;
  Result<uint32_t> gc(Gc what) override;
  Result<TakenOver> take_over(const std::vector<FlowState>& flows) override;
  Result<TakenOver> keep_flows(const std::vector<FlowState>& flows) override;
  Result<> set_object_counts(const std::vector<ObjectCount>& counts) override;
  Result<> add_endpoint_counts(const std::vector<EndpointCount>& counts) override;
  Result<SharedObjectIds> object_ids();

  Result<std::unique_ptr<FlowReader>> read_flows() override;
  Result<std::unique_ptr<FlowReader>> read_flow_ends() override;
  // Entries of connection tracking, of whomever they are.
  Result<std::optional<uint64_t>> count_flows() override;
  Result<bool> end_flow(const FlowKey& flow) override;
  Result<std::vector<MappingState>> mappings() override;
  Result<std::vector<ObjectCount>> objects() override;
  Result<std::vector<EndpointCount>> endpoints() override;
  Result<std::vector<InterfaceCount>> interfaces() override;
  Result<std::vector<DropCount>> drops() override;
  Result<std::vector<TargetUse>> half_open_targets() override;
  Result<TableUse> tables() override;

  Result<std::unique_ptr<CaptureSource>> capture(uint32_t snaplen) override;

  void close() override;
  Result<std::vector<std::string>> tear_down(const std::map<std::string, ObservedLink>& links) override;

 private:
  EngineNft() = default;
  Result<> look();
  Result<> read();
  Result<> put(const RulesNft* before, const RulesNft& after);
  Result<> forget_flows();
  void hold(std::shared_ptr<const RulesNft> rules);   // these are in force
  const std::shared_ptr<const RulesNft>& rules();     // with what was changed in place
  Result<> change_elements(std::span<const NftElement> elements);
  void note_opened(const std::vector<OpenedChange>& changes, std::string digest);
  using PutEntries = Result<ConntrackOutcome> (Conntrack::*)(std::span<const ConntrackEntry>);
  Result<TakenOver> put_flows(const std::vector<FlowState>& flows, PutEntries put);
  FlowNumbers flow_numbers() const;   // there are rules
  std::vector<MappingState> mappings_of(const std::vector<FlowState>& flows) const;
  class Review;
  // Ends the flows for which `ends` says so, told an entry, its flow by its mark, and where that is now.
  template <class Ends>
  Result<uint32_t> end_flows(const Review& review, Ends ends);

  ObservedNft seen_;
  std::optional<NftMonitor> monitor_;
  bool touched_ = false;                    // since the table was read
  std::shared_ptr<const RulesNft> rules_;   // in force; null: not known to this process
  std::optional<NftElements> elements_;     // none: not needed yet
  std::vector<OpenedChange> opened_;        // in place, and rules_ do not know it yet
  std::string table_before_;                // as text: what the last PutTable replaced, where rules_ was null
  size_t pairs_before_ = 0;                 // the most numbers that rules of this process had
  std::shared_ptr<Document> document_;      // that the rules mean
  SharedObjectIds object_ids_;              // null: not known
};

}   // namespace sluice
