// SPDX-License-Identifier: GPL-2.0-or-later
// A process that makes one name of DNS lead to the gateway, and ends: it reads what strangers answer.
#pragma once

#include <string>

#include "ddns/order.hpp"
#include "kernel/helper.hpp"

namespace sluice {

// What the name leads to is looked at first, and only another spot is told to anybody.
DdnsOutcome follow_spot(const DdnsOrder& order, const std::filesystem::path& folder);

inline constexpr const char* kDdnsVerb = "ddns";
Result<> run_ddns(int socket);   // an order is read, its outcome written

Result<Helper> start_ddns_process(const std::string& instance);

}   // namespace sluice
