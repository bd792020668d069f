// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's own forwarding stays off; see docs/decisions/0003-kernel-forwarding-off.md.
#pragma once

#include "model/document.hpp"
#include "plan/observed.hpp"
#include "plan/step.hpp"

namespace sluice {

void plan_forwarding(const Document& document, const Observed& observed, Plan& plan);

}   // namespace sluice
