// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/mapping_claims.hpp"

#include <cerrno>
#include <cstring>

namespace sluice {
namespace {

std::string bytes_of(const sl_endpoint& endpoint) {
  return {reinterpret_cast<const char*>(&endpoint), sizeof(endpoint)};
}

bool same(const sl_endpoint& a, const sl_endpoint& b) { return std::memcmp(&a, &b, sizeof(a)) == 0; }

// False: it is there already, or the table is full.
template <class Row>
Result<bool> insert(BpfMap<sl_endpoint, Row>& map, const sl_endpoint& key, const Row& row) {
  const int rc = bpf_map_update_elem(map.fd(), &key, &row, BPF_NOEXIST);
  if (rc && rc != -EEXIST && rc != -E2BIG) return fail_errno("write to map " + map.name(), -rc);
  return rc == 0;
}

}   // namespace

void MappingClaims::count(const FlowPair& pair) {
  if (!pair.inside) return;
  const auto [at, is_new] = claims_.try_emplace(bytes_of(*pair.inside));
  Claim& claim = at->second;
  if (is_new) {
    claim.inside = *pair.inside;
    claim.outside = *pair.outside;
    claim.masquerade = pair.original.flow.nat;
  }
  if (same(claim.outside, *pair.outside)) ++claim.counted;
}

Result<> MappingClaims::make() {
  for (auto& [key, claim] : claims_) TRY(make(claim));
  return {};
}

// In the order of the packet path: the outside endpoint is what two could want.
Result<> MappingClaims::make(Claim& claim) {
  const sl_mapping row{.other = claim.inside,
                       .masquerade = claim.masquerade,
                       .references = claim.counted,
                       .flags = flags_ ? TRY(flags_(claim.outside)) : uint16_t{0},
                       .nonce = 0,
                       .freed = 0,
                       .slot = 0};
  if (!TRY(insert(tables_.nat_outside, claim.outside, row))) return {};
  claim.made = TRY(insert(tables_.nat_inside, claim.inside, claim.outside));
  return claim.made ? Result<>{} : tables_.nat_outside.remove(claim.outside);
}

MappingClaims::Claim* MappingClaims::claim_of(const FlowPair& pair) {
  const auto at = pair.inside ? claims_.find(bytes_of(*pair.inside)) : claims_.end();
  const bool is_its = at != claims_.end() && at->second.made && same(at->second.outside, *pair.outside);
  return is_its ? &at->second : nullptr;
}

bool MappingClaims::offers(const FlowPair& pair) { return claim_of(pair) != nullptr; }

void MappingClaims::hold(const FlowPair& pair) {
  if (Claim* claim = claim_of(pair)) ++claim->held;
}

Result<> MappingClaims::give_back() {
  for (const auto& [key, claim] : claims_)
    if (claim.made && claim.held < claim.counted) TRY(give_back(claim));
  return {};
}

Result<> MappingClaims::give_back(const Claim& claim) {
  auto row = TRY(tables_.nat_outside.find(claim.outside));
  if (!row || row->references == SL_MAPPING_DEAD) return {};
  row->references -= std::min(row->references, claim.counted - claim.held);
  if (row->references != 0) return tables_.nat_outside.put(claim.outside, *row, BPF_EXIST);
  TRY(tables_.nat_inside.remove(claim.inside));
  return tables_.nat_outside.remove(claim.outside);
}

}   // namespace sluice
