// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses of interfaces: added, and taken away when only sluice wanted them.
#pragma once

#include <vector>

#include "model/document.hpp"
#include "model/observed.hpp"
#include "plan/plan_links.hpp"
#include "plan/step.hpp"

namespace sluice {

void plan_new_addresses(const Observed& observed, const PlannedLink& link, Plan& plan);
void plan_old_addresses(const Document& document, const Observed& observed,
                        const std::vector<PlannedLink>& links, Plan& plan);

}   // namespace sluice
