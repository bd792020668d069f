// SPDX-License-Identifier: GPL-2.0-or-later
// What is inside of the devices that sluice made: where VXLANs send to, and which VLANs a port carries.
#pragma once

#include "model/document.hpp"
#include "model/observed.hpp"
#include "plan/step.hpp"

namespace sluice {

// For devices that are there already; those that the plan makes are filled in the next round.
void plan_link_contents(const Document& document, const Observed& observed, Plan& plan);

// What encapsulation adds to a packet of the inside: outer IP, UDP, VXLAN and the inner Ethernet header.
uint32_t vxlan_overhead(const IpAddress& local);

}   // namespace sluice
