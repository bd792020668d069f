// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of the rules that this process put in force. A table is never changed after it was put there, so
// one whose rows stay the same serves the next generation too, and a change of one policy writes what it
// changes.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/unique_fd.hpp"
#include "compile/common/numbered_rules.hpp"
#include "maps/config.h"
#include "maps/layout.h"
#include "model/object_ids.hpp"

namespace sluice {

struct RulesInForce {
  using Table = std::shared_ptr<UniqueFd>;

  std::shared_ptr<const NumberedRules> rules;   // null: not known
  uint32_t version = 0;                         // its high half when they were put in force
  std::map<std::string, std::array<Table, SL_GENERATIONS>> tables;   // by name and generation's slot
  std::array<std::optional<Rows<uint32_t, sl_interface>>, SL_GENERATIONS>
      interfaces;            // rows that are not zero
  SharedObjectIds objects;   // what object_names says; null: not known
};

// What an earlier process put in force and this one replaces: the tables stay in the other slot until the
// next rules come.
struct RulesBefore {
  std::array<uint32_t, SL_TIMEOUT_COUNT> timeouts{};
  uint32_t flows_per_host = 0;
  std::map<uint32_t, sl_object_name> names;
};

}   // namespace sluice
