// SPDX-License-Identifier: GPL-2.0-or-later
// How much of each limited thing a document asks for.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/capabilities.hpp"

namespace sluice {

struct Use {
  KeyPath path;
  uint64_t amount;   // 1 for what an engine can do or not
};

using CountUses = std::vector<Use> (*)(const Document&);

std::vector<Use> count_interfaces(const Document& document);
std::vector<Use> count_hooks(const Document& document);
std::vector<Use> count_zones(const Document& document);
std::vector<Use> count_policies(const Document& document);
std::vector<Use> count_pairs(const Document& document);
std::vector<Use> count_rules(const Document& document);
std::vector<Use> count_pool_ranges(const Document& document);
std::vector<Use> count_pool_sizes(const Document& document);
std::vector<Use> count_crossings(const Document& document);
std::vector<Use> count_mappings(const Document& document);
std::vector<Use> count_filterings(const Document& document);
std::vector<Use> count_mapping_quotas(const Document& document);
std::vector<Use> count_quotas(const Document& document);
std::vector<Use> count_deterministic(const Document& document);
std::vector<Use> count_logs(const Document& document);
std::vector<Use> count_nat_logs(const Document& document);
std::vector<Use> count_checksum_neutral(const Document& document);
std::vector<Use> count_half_open(const Document& document);
std::vector<Use> count_vrf_cookies(const Document& document);
std::vector<Use> count_carriers(const Document& document);
std::vector<Use> count_backend_vrfs(const Document& document);
std::vector<Use> count_nat64(const Document& document);
std::vector<Use> count_other_families(const Document& document);
std::vector<Use> count_sticky_timeouts(const Document& document);
std::vector<Use> count_least_connections(const Document& document);
std::vector<Use> count_vrf_keys(const Document& document);
std::vector<Use> count_short_bursts(const Document& document);
std::vector<Use> count_port_rest(const Document& document);
std::vector<Use> count_table_sizes(const Document& document);

}   // namespace sluice
