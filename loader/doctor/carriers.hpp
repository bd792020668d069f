// SPDX-License-Identifier: GPL-2.0-or-later
// Whether interfaces that are up have a cable, and something that runs at its other end.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "kernel/probe.hpp"

namespace sluice {

// `shown`: the rows of `show interfaces`. Nothing: none of them lacks a carrier. Pure.
std::optional<ProbeRow> judge_carriers(const nlohmann::json& shown);

}   // namespace sluice
