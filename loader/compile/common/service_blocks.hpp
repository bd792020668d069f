// SPDX-License-Identifier: GPL-2.0-or-later
// What a service leads to in one family, as rows of the table of backends: a block of its addresses and,
// behind them, its turns. Where blocks lie in the table is nobody's business but that of the forwards that
// name them: rules that differ in nothing else are the same rules. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "compile/common/numbered_rules.hpp"
#include "maps/rules.h"
#include "model/document.hpp"
#include "model/service.hpp"

namespace sluice {

struct ServiceInFamily {
  uint32_t object = 0;   // the number of the service; 0: the table of objects is full, and it has none
  Family family = Family::kIpv4;
  auto operator<=>(const ServiceInFamily&) const = default;
};

// As it lies in a table.
struct BlockView {
  uint32_t members = 0, turns = 0, balance = 0;
  std::span<const sl_backend_row> rows;
};

struct ServiceBlock {
  uint32_t members = 0, turns = 0, balance = 0;
  std::vector<sl_backend_row> rows;
  operator BlockView() const { return {members, turns, balance, rows}; }
};

bool operator==(const BlockView& a, const BlockView& b);
// How many of its addresses take new flows.
uint32_t serving(const BlockView& block);

// `number_of` says by which number an address is counted, by its name.
ServiceBlock service_block(const Document& document, const std::string& service, const Balancing& balancing,
                           TurnTables& tables, const std::function<uint32_t(const std::string&)>& number_of);

// The service that the row of a forward is of; its flags say that it is of one.
ServiceInFamily service_of(const sl_forward_key& key, const sl_forward& row);
// The row leads there, which begins at row `first` of the table.
void lead_to(sl_forward& row, const BlockView& block, uint32_t first);
uint32_t rows_of_block(const sl_forward& row);   // that it leads to
BlockView block_at(const sl_forward& row, std::span<const sl_backend_row> backends);

// Of all services that have a number. Refers to the rules.
using ServiceBlocks = std::map<ServiceInFamily, BlockView>;
ServiceBlocks blocks_of(const NumberedRules& rules);

// The rules with other blocks for these services.
NumberedRules with_blocks(const NumberedRules& rules, const ServiceBlocks& changed);

// digest_of() is their sum and that of what names have opened (opened_addresses.hpp), modulo 2^64.
uint64_t digest_without_services(const NumberedRules& rules);
uint64_t digest_of_service(const ServiceInFamily& service, const BlockView& block);

}   // namespace sluice
