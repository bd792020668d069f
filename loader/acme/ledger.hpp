// SPDX-License-Identifier: GPL-2.0-or-later
// What is remembered of orders over a restart: a file in the state folder, written before an order begins.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "acme/schedule.hpp"
#include "base/result.hpp"

namespace sluice {

struct OrdersOfName {
  unsigned failures = 0;   // in a row
  WallTime next{};         // with failures
  std::string error;       // the last one
};

struct AcmeLedger {
  std::vector<WallTime> orders;   // of the last hour
  WallTime paused_until{};        // as the authority wants
  std::map<std::string, OrdersOfName> names;
};

// An empty one where there is none, or none that can be read.
AcmeLedger read_ledger(const std::filesystem::path& file);
Result<> write_ledger(const std::filesystem::path& file, const AcmeLedger& ledger);

void note_order(AcmeLedger& ledger, WallTime now);
void note_failure(AcmeLedger& ledger, const std::string& name, std::string error, WallTime now);

}   // namespace sluice
