// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/ebpf/service_rows.hpp"

#include <netinet/in.h>

#include <algorithm>

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

}   // namespace

sl_forward ServiceRows::row_of(const Forward& forward) {
  const auto [at, is_new] = known_.try_emplace(forward.service.get());
  if (is_new) at->second = put(forward);
  return at->second;
}

sl_forward ServiceRows::put(const Forward& forward) {
  const Balancing& balancing = *forward.service;
  const std::vector<uint32_t> shares = shares_of(balancing);
  const std::vector<uint16_t> turns = tables_.of(balancing, shares);
  sl_forward row{};
  row.flags = SL_FORWARD_SERVICE;
  row.backends = static_cast<uint32_t>(context_.rules.backends.size());
  row.members = static_cast<uint32_t>(balancing.members.size());
  row.turns = static_cast<uint32_t>(turns.size());
  row.balance = row_balance(balancing);
  if (balancing.source_prefix) {
    const sl_addr prefix = row_address(balancing.source_prefix->address);
    std::copy_n(prefix.w, std::size(row.source_prefix), row.source_prefix);
  }
  for (size_t i = 0; i < balancing.members.size(); ++i) {
    const Member& member = balancing.members[i];
    sl_backend_row backend{};
    backend.backend.to = row_address(member.to);
    backend.backend.object = context_.objects.of(SL_OBJECT_BACKEND, name_of(forward.name, member));
    backend.backend.weight = shares[i];
    backend.backend.to_port = member.port;
    backend.backend.flags = flags_of(member, balancing);
    backend.backend.vrf = vrf_number(context_.document, member.vrf);
    context_.rules.backends.push_back(backend);
  }
  if (row.balance != SL_BALANCE_LEAST_CONNECTIONS) put_turns(turns);
  return row;
}

void ServiceRows::put_turns(const std::vector<uint16_t>& turns) {
  for (size_t first = 0; first < turns.size(); first += SL_TURNS_IN_ROW) {
    sl_backend_row row{};
    const size_t count = std::min<size_t>(SL_TURNS_IN_ROW, turns.size() - first);
    std::copy_n(turns.begin() + static_cast<ptrdiff_t>(first), count, row.turn);
    context_.rules.backends.push_back(row);
  }
}

}   // namespace sluice
