// SPDX-License-Identifier: GPL-2.0-or-later
// Flows that rules of others translate, those of container engines for example, where the document's do not.
#pragma once

#include <optional>
#include <vector>

#include "compile/common/judge.hpp"
#include "kernel/nft/other_tables.hpp"

namespace sluice {

// As the kernel has them when they are first needed: few flows ask.
class OthersRules {
 public:
  // Whether the document says nothing of the translation of this flow, its policies accept what it is
  // translated to, and others have rules of that kind: to the destination, or of sources.
  bool allow(const Judge& judge, const FlowEnds& flow);

 private:
  const std::vector<OtherTable>& tables();
  std::optional<std::vector<OtherTable>> tables_;
};

}   // namespace sluice
