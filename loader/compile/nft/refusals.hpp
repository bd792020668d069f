// SPDX-License-Identifier: GPL-2.0-or-later
// What policies drop or reject, counted.
#pragma once

#include <set>
#include <string>

#include "compile/nft/context.hpp"

namespace sluice::nft {

// A chain for each such policy, which all pairs of zones that it speaks of share. The gateway's own packets
// are counted by another device, so there are two. The packet is dropped whatever has become of the policy's
// row: in one rule with the count it would go on to the next policy.
class Refusals {
 public:
  explicit Refusals(Compiler& c) : c_(c) {}
  // Where a packet goes that the policy of this number in the document refuses; made when it is first asked
  // for.
  std::string chain_of(size_t policy, bool own);

 private:
  Compiler& c_;
  std::set<std::string> made_;
};

}   // namespace sluice::nft
