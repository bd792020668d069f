// SPDX-License-Identifier: GPL-2.0-or-later
// Single rows of the flow tables by their tuples, whichever family's table has them.
#pragma once

#include <optional>

#include "engine/ebpf/flow_rows.hpp"

namespace sluice {

sl_flow4_key key4_of(const sl_tuple& tuple);
sl_flow6_key key6_of(const sl_tuple& tuple);

Result<std::optional<sl_flow>> find_flow(const Tables& tables, const sl_tuple& tuple);

}   // namespace sluice
