// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/nft/refusals.hpp"

#include <fmt/format.h>

namespace sluice::nft {

// By the policy's number and not by its name: those of networks and pods have colons, and nft's own language
// has none in names.
std::string Refusals::chain_of(size_t policy, bool own) {
  const Policy& wanted = c_.document.policies[policy];
  const uint32_t object = c_.numbers.policy_rules[policy].object;
  std::string name = fmt::format("{}refuses/{}", own ? "own_" : "", object);
  if (!made_.insert(name).second) return name;
  const auto reason = wanted.action == Action::kReject ? SL_DROP_REJECT : SL_DROP_POLICY;
  NftChain chain{name, nullptr, {}};
  add(chain, {count_object(object)}, wanted.name);
  add(chain, {own ? drop_own_as(reason) : drop_as(reason)});
  c_.rules.chains.push_back(std::move(chain));
  return name;
}

}   // namespace sluice::nft
