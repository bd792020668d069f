// SPDX-License-Identifier: GPL-2.0-or-later
// What the plugin prints (CNI specification, section 5).
#pragma once

#include <nlohmann/json.hpp>

#include "cni/invocation.hpp"

namespace sluice::cni {

nlohmann::json answer_of_version(std::string_view asked);
nlohmann::json answer_of_failure(const Failure& failure, std::string_view version);
// Of ADD. `container`: as the daemon tells of it (docs/api.md).
nlohmann::json answer_of_add(const nlohmann::json& container, const Environment& environment,
                             const NetworkConfig& config);

}   // namespace sluice::cni
