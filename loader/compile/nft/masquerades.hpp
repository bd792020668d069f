// SPDX-License-Identifier: GPL-2.0-or-later
// A chain for each masquerade, made when something leads there first.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "compile/nft/context.hpp"

namespace sluice::nft {

inline json snat(Family family, json address) {
  return {{"snat", {{"family", protocol_of(family)}, {"addr", std::move(address)}}}};
}

class Masquerades {
 public:
  explicit Masquerades(Compiler& c) : c_(c), by_row_(masquerades_by_row(c.document)) {}

  // `device`: whose address is used where the rule has no pool; 0: that of the way out.
  std::string chain(uint32_t row, Family family, uint32_t device);

 private:
  void leave_alone(NftChain& chain, const Masquerade& masquerade, Family family);
  void from_device(NftChain& chain, const sl_masquerade& m, Family family, uint32_t device);
  std::string own_address(uint32_t device, Family family) const;
  void from_pool(NftChain& chain, const sl_masquerade& m, Family family);
  std::string range_chain(const sl_masquerade& m, uint32_t row, Family family);
  json pool_statement(uint32_t row, Family family) const;

  void add_snat(NftChain& chain, const sl_masquerade& m, Family family, json statement);
  void add_part(NftChain& chain, const sl_masquerade& m, Family family, const json& statement);
  void spare_ports_of_tunnels(NftChain& chain, const sl_masquerade& m, Family family, json statement);

  Compiler& c_;
  std::vector<const Masquerade*> by_row_;
  std::set<std::string> chains_;
};

}   // namespace sluice::nft
