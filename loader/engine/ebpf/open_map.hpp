// SPDX-License-Identifier: GPL-2.0-or-later
// A pinned table, when its rows have the size of this release's structs.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "kernel/bpf/map.hpp"
#include "kernel/bpf/pins.hpp"

namespace sluice {

inline constexpr std::string_view kAnotherRelease =
    "it was pinned by another release; `sluice cleanup` removes it, and its connections with it";

// A pin of another release has other rows: reading it with these structs would be garbage. Sizes are in
// bytes.
Result<UniqueFd> open_checked(const Pins& pins, const std::string& name, size_t key, size_t value);

template <class K, class V>
Result<BpfMap<K, V>> open_map(const Pins& pins, const std::string& name) {
  return BpfMap<K, V>(name, TRY(open_checked(pins, name, sizeof(K), sizeof(V))));
}

}   // namespace sluice
