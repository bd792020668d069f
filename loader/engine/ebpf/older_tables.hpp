// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of another release while its programs carry the traffic, and what becomes of them in those of
// this release (docs/decisions/0051-upgrades.md).
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "compile/common/numbered_rules.hpp"
#include "engine/ebpf/flow_memory.hpp"
#include "engine/ebpf/older_flows.hpp"
#include "engine/ebpf/runner.hpp"
#include "engine/ebpf/tables.hpp"
#include "engine/state.hpp"
#include "model/observed.hpp"

namespace sluice {

// Whether what is pinned there is of another layout than this release's. Failure: nobody can tell.
Result<bool> is_of_another_layout(const Pins& pins);

class OlderTables {
 public:
  // Changes nothing. Failure: a table is missing or cannot be understood, and which.
  static Result<std::unique_ptr<OlderTables>> open(Pins pins);

  const Pins& pins() const { return pins_; }
  const sl_config& config() const { return config_; }
  // What a plan has to know: numbers that stay, and how large the tables are.
  Result<> tell(ObservedEngine& seen) const;

  // Into the tables of this release, in which its rules are in force already and no packet is yet. What comes
  // meanwhile is few flows, and takes milliseconds afterwards. May be done again.
  Result<> carry(Tables& tables, Runner& runner, const NumberedRules& rules);
  // What came and changed until the last program had left them. First what packets wait for.
  Result<> carry_rest(Tables& tables, Runner& runner, const NumberedRules& rules);
  // The first program is about to take the traffic.
  void begin_exchange() { exchange_began_ = std::chrono::steady_clock::now(); }
  const CarriedTables& carried() const { return carried_; }

 private:
  struct Waiting {   // a flow that was half open when it was carried
    uint32_t original, reply;
    sl_tuple tuple;
  };
  struct Family {
    OlderFlows flows;
    OlderTable slots;   // of these flows
    std::vector<Waiting> waiting;
  };
  struct Target {   // where all of it goes
    Tables& tables;
    Runner& runner;
    const NumberedRules& rules;
    bool late;   // packets go there already
  };

  explicit OlderTables(Pins pins, OwnRows own) : pins_(std::move(pins)), own_(std::move(own)) {}
  Result<size_t> carry_flows(const Target& target);
  FlowState state_between(const FlowRow& row, uint32_t now) const;
  static Result<uint32_t> shift_in(const Family& family, const FlowRow& row);
  Result<> take(const std::vector<FlowState>& states, const std::vector<sl_tuple>& tuples,
                const Target& target);
  Result<size_t> carry_family(Family& family, const Target& target, uint32_t now);
  void add_changed(Family& family, const Target& target, std::vector<OlderFlows::Row>& again) const;
  Result<uint32_t> end(const std::vector<sl_tuple>& flows, const Target& target);
  bool is_untouched(const sl_tuple& tuple, const Target& target, bool half_open) const;
  Result<> carry_flow_counts();
  Result<> carry_counters(Tables& tables);
  Result<> carry_limits(const Target& target);

  template <class V>
  Result<> carry_cpus(const std::string& name, int to, const std::vector<uint32_t>& rows,
                      std::map<uint32_t, std::vector<V>>& before);
  Result<std::vector<uint32_t>> slots() const;
  bool has(const std::string& name) const;
  Result<OlderTable> table(const std::string& name) const { return OlderTable::open(pins_, own_, name); }

  Pins pins_;
  OwnRows own_;
  sl_config config_{};
  std::vector<Family> families_;
  std::optional<FlowMemory> memory_;   // of the new tables
  CarriedTables carried_;
  std::chrono::steady_clock::time_point exchange_began_;
  // What was added to the new tables so far, so that it is not added again.
  std::map<uint32_t, sl_object_count> objects_;
  std::map<uint32_t, sl_endpoint_count> endpoints_;
  std::map<uint32_t, std::vector<sl_iface_counters>> interfaces_;
  std::map<uint32_t, std::vector<sl_drops>> drops_;
};

}   // namespace sluice
