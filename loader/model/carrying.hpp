// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>

#include "model/cluster.hpp"

namespace sluice {

// Whether there is a cluster all of whose nodes have the addresses and carry.
inline bool all_carry(const std::optional<Cluster>& cluster) { return cluster && cluster->all_carry; }

}   // namespace sluice
