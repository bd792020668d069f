// SPDX-License-Identifier: GPL-2.0-or-later
// A row of the table of what each engine can do (capability_table.hpp).
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "model/capability_uses.hpp"

namespace sluice {

inline constexpr uint64_t kAll = std::numeric_limits<uint64_t>::max();   // no limit of its own
inline constexpr uint64_t kNone = 0;                                     // cannot do it at all

struct Capability {
  std::string_view key;      // as docs/configuration.md spells it
  std::string_view what;     // what is limited, as it stands in a complaint; empty: the key as a whole
  uint64_t ebpf, nftables;   // kAll, kNone, or the most
  std::string_view remark;
  CountUses count = nullptr;   // finds the uses in a document; null: nothing to refuse there
};

}   // namespace sluice
