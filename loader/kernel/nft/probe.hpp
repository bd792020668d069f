// SPDX-License-Identifier: GPL-2.0-or-later
// What the nftables engine needs of this machine, found by a dry run: the kernel checks a table with
// everything that sluice uses and throws it away.
#pragma once

#include <string>
#include <vector>

#include "kernel/probe_row.hpp"

namespace sluice {

struct NftProbe {
  std::vector<ProbeRow> rows;
  bool usable() const;
  std::string refusal() const;   // one sentence: what was tried and why it was refused; empty when usable
};

NftProbe probe_nft();

}   // namespace sluice
