// SPDX-License-Identifier: GPL-2.0-or-later
// Ports that a document gives to many, one each: whose they are already, and at which addresses they are.
#pragma once

#include <cstdint>
#include <string>

#include "config/draft.hpp"

namespace sluice::config {

bool takes(const Forward& forward, uint8_t protocol);   // IPPROTO_*
std::string title_of(const Forward& forward);           // `forward "web"`, `service "web"`

// Complains where `interface`, of the key of that name in `node`, lies in a VRF: the ports are at addresses
// of the main one.
void check_interface_of_ports(const std::string& interface, const Node& node, Draft& draft);

}   // namespace sluice::config
