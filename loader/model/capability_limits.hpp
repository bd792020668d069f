// SPDX-License-Identifier: GPL-2.0-or-later
// What the table of capabilities says of how many.
#pragma once

#include "model/capability_table.hpp"

namespace sluice {

constexpr uint64_t limit_of(const Capability& row, EngineKind engine) {
  return engine == EngineKind::kEbpf ? row.ebpf : row.nftables;
}

// For the engines' own static_asserts: what the table says must be what their tables hold.
constexpr uint64_t limit_of(std::string_view what, EngineKind engine) {
  for (const Capability& row : kCapabilities)
    if (row.what == what) return limit_of(row, engine);
  return kAll;
}

}   // namespace sluice
