// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration of the daemons of FRR that speak OSPF with one site. Pure.
#pragma once

#include <string>
#include <string_view>

#include "frr/router.hpp"

namespace sluice {

inline constexpr std::string_view kOspfDevice = "site";   // in the namespace of these daemons

// In the order and with the lines that config_changes() reads: between two that differ in what is announced
// lie commands of staticd alone.
std::string ospf_config(const Router& router);

}   // namespace sluice
