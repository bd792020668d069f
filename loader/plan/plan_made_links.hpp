// SPDX-License-Identifier: GPL-2.0-or-later
// Devices that sluice makes itself: made, changed, filled and removed as the document says.
#pragma once

#include "base/result.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"
#include "plan/step.hpp"

namespace sluice {

// The devices that the document wants made, those below before those above them. VLANs that the kernel cannot
// make are made by their tags. Devices of VRFs are not among them (plan_vrf_devices.hpp).
std::vector<MadeLink> wanted_links(const Document& document, const Observed& observed);

// Makes and changes, puts members into bridges, and takes out of bridges and VRFs what leaves them. What
// cannot be had on this machine is refused; for a document that is in force already it goes to plan.degraded.
Result<> plan_made_links(const Document& document, const Observed& observed, Plan& plan);

// What the document no longer wants; the last of all steps.
void plan_link_removals(const Document& document, const Observed& observed, Plan& plan);

}   // namespace sluice
