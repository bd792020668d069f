// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration of FRR's bgpd. Pure.
#pragma once

#include <string>

#include "frr/router.hpp"

namespace sluice {

// In the order and with the indents that config_changes() reads.
std::string bgp_config(const Router& router);

}   // namespace sluice
