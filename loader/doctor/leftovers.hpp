// SPDX-License-Identifier: GPL-2.0-or-later
// What stays in connection tracking when rules are gone: flows that go on with a translation that nobody
// would make any more, until they time out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "kernel/conntrack/entry.hpp"
#include "kernel/nft/other_tables.hpp"
#include "kernel/probe.hpp"

namespace sluice {

struct Leftovers {
  size_t count = 0;
  bool is_least = false;   // there may be more of them than were looked at
  std::string example;     // a flow
};

// Whether it has a translation that is not sluice's, whose flows are marked.
bool is_leftover(const ConntrackEntry& entry);

Result<Leftovers> find_leftovers();

// Nothing: there is nothing to say.
std::optional<ProbeRow> judge_leftovers(const Leftovers& found, bool others_translate);

}   // namespace sluice
