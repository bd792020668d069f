// SPDX-License-Identifier: GPL-2.0-or-later
// What carries the traffic. The daemon knows engines by this interface only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/state.hpp"
#include "plan/observed.hpp"
#include "plan/step.hpp"

namespace sluice {

class Engine {
 public:
  virtual ~Engine() = default;

  virtual std::string_view name() const = 0;
  virtual Result<ObservedEngine> observe(const std::map<std::string, ObservedLink>& links) = 0;

  // Performs a step of its own and answers with the inverse; nullopt: nothing to undo.
  virtual Result<std::optional<Step>> perform(const step::LoadPrograms& step) = 0;
  virtual Result<std::optional<Step>> perform(const step::PutRules& step) = 0;
  virtual Result<std::optional<Step>> perform(const step::AttachProgram& step) = 0;
  virtual Result<std::optional<Step>> perform(const step::DetachProgram& step) = 0;

  // The rules that are in force, so that a later PutRules can be undone also after a restart.
  virtual void know_rules(std::shared_ptr<const RulesEbpf> rules) = 0;

  // Routes or neighbours changed: flows look up their next hops anew.
  virtual Result<> refresh_next_hops() = 0;
  // Ends flows that are idle too long; after a change of the rules also those no longer allowed.
  enum class Sweep { kExpired, kDisallowed };
  virtual Result<uint32_t> sweep(Sweep what) = 0;

  virtual Result<std::vector<FlowState>> flows() = 0;
  virtual Result<std::vector<MappingState>> mappings() = 0;
  virtual Result<std::vector<ObjectCount>> objects() = 0;
  virtual Result<std::vector<InterfaceCount>> interfaces() = 0;
  virtual Result<std::vector<DropCount>> drops() = 0;
  virtual Result<TableUse> tables() = 0;

  // From now on nothing passes the managed devices: what comes before tear_down().
  virtual void close() = 0;
  // Programs off all devices, maps and pins gone. What was removed, in sentences.
  virtual Result<std::vector<std::string>> tear_down(const std::map<std::string, ObservedLink>& links) = 0;
};

}   // namespace sluice
