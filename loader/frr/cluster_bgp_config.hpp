// SPDX-License-Identifier: GPL-2.0-or-later
// What FRR's bgpd tells the routers around a cluster: which addresses are behind this node, and how good a
// way to them it is. Nothing is taken from them. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "frr/router.hpp"

namespace sluice {

// Of two nodes the one with the lower number is the way. What an active node says is between the least and
// the most.
inline constexpr uint32_t kLeastMetric = 80, kMostMetric = 100, kMetricOfStandby = 200;

// In the order and with the indents that config_changes() reads. `router` has a metric.
std::string cluster_bgp_config(const Router& router);

}   // namespace sluice
