// SPDX-License-Identifier: GPL-2.0-or-later
// The eBPF engine. All its state is pinned: it can be opened, closed and opened again by another process.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>

#include "engine/ebpf/event_ring.hpp"
#include "engine/ebpf/explainer.hpp"
#include "engine/ebpf/flow_memory.hpp"
#include "engine/ebpf/flow_rows.hpp"
#include "engine/ebpf/live_addresses.hpp"
#include "engine/ebpf/live_services.hpp"
#include "engine/ebpf/older_tables.hpp"
#include "engine/ebpf/put_rules.hpp"
#include "engine/ebpf/runner.hpp"
#include "engine/ebpf/table_toucher.hpp"
#include "engine/ebpf/tables.hpp"
#include "engine/engine.hpp"
#include "maps/limit_debt.h"

namespace sluice {

class EngineEbpf final : public Engine {
 public:
  // Takes over what is pinned there; refuses pins that serve another network namespace, and those of another
  // release.
  static Result<std::unique_ptr<EngineEbpf>> open(Pins pins);
  // Only to be torn down: whatever release it is of.
  static Result<std::unique_ptr<EngineEbpf>> open_for_cleanup(Pins pins);

  // What was found wrong with the pins at open() and put right, in a sentence; empty: nothing.
  const std::string& rescued() const { return rescued_; }
  // What the packet path reports; null: nothing is loaded.
  const std::shared_ptr<EventRing>& events() const { return events_; }

  std::string_view name() const override { return "ebpf"; }
  bool loaded() const override { return tables_.has_value() || older_; }
  Result<ObservedEngine> observe(const std::map<std::string, ObservedLink>& links);

  // Each performs a step and answers with the inverse; nullopt: nothing to undo.
  Result<std::optional<Step>> perform(const step::LoadPrograms& step);
  Result<std::optional<Step>> perform(const step::LeavePlaces& step);
  Result<std::optional<Step>> perform(const step::CarryTables& step);
  Result<std::optional<Step>> perform(const step::CarryRows& step);
  Result<std::optional<Step>> perform(const step::ReturnToTables& step);
  Result<std::optional<Step>> perform(const step::DropTables& step);
  Result<std::optional<Step>> perform(const step::PutRules& step);
  Result<std::optional<Step>> perform(const step::LeadService& step);
  Result<std::optional<Step>> perform(const step::AttachProgram& step);
  Result<std::optional<Step>> perform(const step::DetachProgram& step);
  Result<std::optional<Step>> perform(const step::UnloadPrograms& step);

  Result<> take_rules_back();   // step::TakeRulesBack

  // What became of the flows when the tables were last exchanged for others of another size.
  const TakenOver& carried() const { return carried_; }
  // What became of the tables of another release, if this process found some; null: it did not, or is not
  // done.
  const CarriedTables* carried_tables() const { return carried_tables_ ? &*carried_tables_ : nullptr; }
  // Flows that were written by user space get what the packet path gives to those that it makes.
  Result<> adopt_rows();
  Result<> end_buckets();

  void know_rules(const Plan& plan, const Document&) override;
  // The rules in force, and which counters each device has by them.
  Result<> observe_in_force(ObservedEngine& seen);
  // No more than what services are led elsewhere by; there are rules if it is loaded.
  Result<> observe_rules(ObservedEngine& seen);
  Result<bool> open_addresses(const std::vector<OpenedChange>& changes) override;
  Result<TakenOver> take_over(const std::vector<FlowState>& flows) override;
  Result<TakenOver> keep_flows(const std::vector<FlowState>& flows) override;
  Result<> note_uses(std::span<const FlowUse> uses) override;
  Result<> put_lead(std::optional<Lead> lead) override;
  Result<HandedCounts> handed() override;
  Result<> set_object_counts(const std::vector<ObjectCount>& counts) override;
  Result<> add_endpoint_counts(const std::vector<EndpointCount>& counts) override;
  Result<> refresh_next_hops(Hops changed) override;
  Result<> confirm_next_hops() override;
  Result<> put_tunnel_ends(const std::vector<TunnelEnd>& ends) override;
  Result<uint32_t> gc(Gc what) override;

  Result<std::unique_ptr<FlowReader>> read_flows() override;
  // One piece of them, from where `walk` is; false: the last. Nothing is loaded: none.
  Result<bool> read_flows(FlowWalk& walk, std::vector<FlowState>& piece);
  Result<std::unique_ptr<FlowNews>> flow_news() override;
  Result<std::unique_ptr<DebtNews>> debt_news() override;
  Result<> keep_debts(std::span<const LimitDebt> debts) override;
  // Buckets of the rules in force that will not be full before `least`, by the clock of buckets.
  Result<std::vector<sl_limit_debt>> read_debts(uint64_t least);
  // None: it is of a flow that is gone.
  Result<std::optional<LimitDebt>> debt_of(const sl_limit_debt& row);
  // Appends those that began so, and are there.
  Result<> read_flows(std::span<const sl_tuple> originals, std::vector<FlowState>& flows);
  uint64_t opened() const { return opened_; }   // another number as soon as there are other tables, or none
  Result<std::vector<MappingState>> mappings() override;
  Result<std::optional<uint64_t>> count_flows() override;
  Result<uint64_t> flow_room() override;
  Result<bool> end_flow(const FlowKey& flow) override;
  Result<std::vector<ObjectCount>> objects() override;
  Result<ObjectsAtRest> objects_at_rest() override;
  Result<std::optional<uint64_t>> flows_created() override;
  Result<std::vector<EndpointCount>> endpoints() override;
  Result<std::vector<SignCount>> signs(const std::vector<std::string>& names) override;
  Result<std::vector<InterfaceCount>> interfaces() override;
  Result<std::vector<DropCount>> drops() override;
  Result<TableUse> tables() override;
  Result<std::vector<TargetUse>> half_open_targets() override;

  Result<std::optional<sl_explained>> explain(std::span<const uint8_t> packet, uint32_t ifindex,
                                              bool as_new) override;

  Result<std::unique_ptr<CaptureSource>> capture(uint32_t snaplen) override;

  void close() override;
  Result<std::vector<std::string>> tear_down(const std::map<std::string, ObservedLink>& links) override;

 private:
  explicit EngineEbpf(Pins pins) : pins_(std::move(pins)) {}
  Result<> open_older();
  Result<std::optional<Step>> leave_xdp_of_before(const step::DetachProgram& step);
  Result<> rescue();
  Result<> open_tables();
  void close_tables();
  Result<> refuse_foreign_pins() const;
  std::set<Attachment> attachments(const std::map<std::string, ObservedLink>& links) const;
  std::set<Attachment> all_attachments(const std::map<std::string, ObservedLink>& links) const;
  Result<> unload();
  Result<> write_identity();
  Result<Tables*> need_tables();
  Result<std::shared_ptr<FlowMemory>> keep_memory();
  std::shared_ptr<const NumberedRules> rules();
  uint32_t room();
  void forget_live();
  void note_left(const step::LeadService& step);
  Result<uint32_t> end_left();
  Result<uint32_t> walk_led(uint32_t object);
  Result<std::optional<sl_limit_debt>> debt_row(const LimitDebt& debt);
  std::map<uint16_t, uint32_t> interfaces_by_slot();
  Result<> carry_rows();
  Result<> load(const step::LoadPrograms& step);
  Result<> load_beside(const step::LoadPrograms& step);
  Result<> begin_touching();
  Result<> write_lead();
  Result<> carry_rest();
  void hold_places(const std::vector<step::AttachProgram>& places);
  Result<> leave_places();

  Pins pins_;
  std::optional<Tables> tables_;
  uint64_t opened_ = 0;
  TakenOver carried_;
  std::optional<Tables> before_;         // tables of another size, until all programs use the new ones
  std::unique_ptr<OlderTables> older_;   // of another release, until the revision is kept
  bool moved_ = false;                   // all programs use the new ones
  // Where a program of this release has been put in the place of one of the other release.
  std::vector<step::AttachProgram> exchanged_;
  struct XdpOfBefore {
    step::DetachProgram place;
    UniqueFd program;
  };
  std::vector<XdpOfBefore> xdp_of_before_;
  std::optional<CarriedTables> carried_tables_;
  std::optional<Runner> runner_;
  TableToucher toucher_;
  std::optional<Lead> lead_;
  std::shared_ptr<FlowMemory> kept_;     // of these tables, while gateways tell each other of their flows
  std::optional<Explainer> explainer_;   // loaded when it is asked first, over these tables
  std::shared_ptr<EventRing> events_;
  std::shared_ptr<const NumberedRules> rules_;   // in force; null: not known to this process
  RulesInForce in_force_;
  std::optional<LiveServices> live_;         // of these rules; none: not looked at yet
  bool led_ = false;                         // rules_ do not know it yet
  std::optional<LiveAddresses> addresses_;   // the same of addresses that names open
  bool opened_in_place_ = false;             // rules_ do not know it yet
  std::set<uint32_t> left_;                  // objects some of whose flows may be allowed no longer
  uint32_t judged_ = 0;                      // the generation of the rules that all flows were judged by
  RulesBefore rules_before_;                 // of the last PutRules over rules that this process did not know
  std::string rescued_;
  UniqueFd loaded_xdp_;   // for these tables, see attach_xdp()
  std::map<std::string, std::string> xdp_refused_;
  std::vector<step::AttachProgram> held_;   // places where hold_place() has been, until their programs come
};

}   // namespace sluice
