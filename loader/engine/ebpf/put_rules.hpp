// SPDX-License-Identifier: GPL-2.0-or-later
// Rules into the tables of the generation that is not in force, then one store that switches over.
#pragma once

#include <vector>

#include "compile/common/numbered_rules.hpp"
#include "engine/ebpf/table_writer.hpp"
#include "engine/ebpf/tables.hpp"
#include "engine/state.hpp"

namespace sluice {

// On failure the rules in force are untouched. `known` is what this process put in force before; tables that
// stay the same are not filled again.
Result<> put_rules(const Pins& pins, Tables& tables, std::shared_ptr<const NumberedRules> wanted,
                   uint64_t digest, RulesInForce& known);

// What put_rules() is about to replace, and back to it: only when nothing else was put since.
Result<RulesBefore> rules_before(Tables& tables);
Result<> take_rules_back(Tables& tables, const RulesBefore& before);

// The names of objects that are there, read once: nobody else writes them.
Result<SharedObjectIds> objects_of(Tables& tables, RulesInForce& known);

// tunnel_ends becomes these rows. Those that stay keep the way that the packet path has found; what does not
// fit is left to the kernel's device.
Result<> put_tunnel_ends(Tables& tables, const std::vector<TunnelEnd>& ends);

}   // namespace sluice
