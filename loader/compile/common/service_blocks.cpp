// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/common/service_blocks.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "compile/common/rows.hpp"
#include "model/routing.hpp"

namespace sluice {
namespace {

sl_balance row_balance(const Balancing& balancing) {
  if (balancing.by_source) return SL_BALANCE_SOURCE;
  switch (balancing.balance) {
    case Balance::kLatency:   // the turns are those of who is fast
    case Balance::kRoundRobin: return SL_BALANCE_ROUND_ROBIN;
    case Balance::kLeastConnections: return SL_BALANCE_LEAST_CONNECTIONS;
    case Balance::kMaglev: return SL_BALANCE_MAGLEV;
  }
  return SL_BALANCE_ROUND_ROBIN;
}

uint32_t flags_of(const Member& member, const Balancing& balancing) {
  return (ends_flows(balancing, member, IPPROTO_UDP) ? SL_BACKEND_ENDS_UDP : 0) |
         (ends_flows(balancing, member, IPPROTO_TCP) ? SL_BACKEND_ENDS_TCP : 0);
}

void put_turns(std::vector<sl_backend_row>& rows, const std::vector<uint16_t>& turns) {
  for (size_t first = 0; first < turns.size(); first += SL_TURNS_IN_ROW) {
    sl_backend_row row{};
    const size_t count = std::min<size_t>(SL_TURNS_IN_ROW, turns.size() - first);
    std::copy_n(turns.begin() + static_cast<ptrdiff_t>(first), count, row.turn);
    rows.push_back(row);
  }
}

}   // namespace

bool operator==(const BlockView& a, const BlockView& b) {
  return a.members == b.members && a.turns == b.turns && a.balance == b.balance &&
         a.rows.size() == b.rows.size() &&
         std::memcmp(a.rows.data(), b.rows.data(), a.rows.size_bytes()) == 0;
}

uint32_t serving(const BlockView& block) {
  return static_cast<uint32_t>(std::ranges::count_if(
      block.rows.first(block.members), [](const sl_backend_row& row) { return row.backend.weight > 0; }));
}

ServiceBlock service_block(const Document& document, const std::string& service, const Balancing& balancing,
                           TurnTables& tables, const std::function<uint32_t(const std::string&)>& number_of) {
  const std::vector<uint32_t> shares = shares_of(balancing);
  const std::vector<uint16_t> turns = tables.of(balancing, shares);
  ServiceBlock block{.members = static_cast<uint32_t>(balancing.members.size()),
                     .turns = static_cast<uint32_t>(turns.size()),
                     .balance = row_balance(balancing),
                     .rows = {}};
  block.rows.reserve(block.members + turns.size() / SL_TURNS_IN_ROW + 1);
  for (size_t i = 0; i < balancing.members.size(); ++i) {
    const Member& member = balancing.members[i];
    sl_backend_row row{};
    row.backend.to = row_address(member.to);
    row.backend.object = number_of(name_of(service, member));
    row.backend.weight = shares[i];
    row.backend.to_port = member.port;
    row.backend.flags = flags_of(member, balancing);
    row.backend.vrf = vrf_number(document, member.vrf);
    block.rows.push_back(row);
  }
  if (block.balance != SL_BALANCE_LEAST_CONNECTIONS) put_turns(block.rows, turns);
  return block;
}

ServiceInFamily service_of(const sl_forward_key& key, const sl_forward& row) {
  return {row.object, address_of(key.address).family()};
}

void lead_to(sl_forward& row, const BlockView& block, uint32_t first) {
  row.flags |= SL_FORWARD_SERVICE;
  row.backends = first;
  row.members = block.members;
  row.turns = block.turns;
  row.balance = block.balance;
}

uint32_t rows_of_block(const sl_forward& row) {
  if (row.balance == SL_BALANCE_LEAST_CONNECTIONS) return row.members;
  return row.members + (row.turns + SL_TURNS_IN_ROW - 1) / SL_TURNS_IN_ROW;
}

BlockView block_at(const sl_forward& row, std::span<const sl_backend_row> backends) {
  return {row.members, row.turns, row.balance, backends.subspan(row.backends, rows_of_block(row))};
}

ServiceBlocks blocks_of(const NumberedRules& rules) {
  ServiceBlocks blocks;
  for (const auto& [key, row] : rules.forwards)
    if ((row.flags & SL_FORWARD_SERVICE) && row.object)
      blocks.try_emplace(service_of(key, row), block_at(row, rules.backends));
  return blocks;
}

// Behind the others; what is not named any more stays where it is.
NumberedRules with_blocks(const NumberedRules& rules, const ServiceBlocks& changed) {
  NumberedRules made = rules;
  std::map<ServiceInFamily, uint32_t> places;
  for (const auto& [service, block] : changed) {
    places[service] = static_cast<uint32_t>(made.backends.size());
    made.backends.insert(made.backends.end(), block.rows.begin(), block.rows.end());
  }
  for (auto& [key, row] : made.forwards)
    if (const auto at = places.find(service_of(key, row));
        (row.flags & SL_FORWARD_SERVICE) && at != places.end())
      lead_to(row, changed.at(at->first), at->second);
  return made;
}

}   // namespace sluice
