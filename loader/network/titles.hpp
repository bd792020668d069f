// SPDX-License-Identifier: GPL-2.0-or-later
// How sentences call networks and endpoints, with the lines of the document that they stand on. Pure.
#pragma once

#include <string>

#include "model/network.hpp"

namespace sluice {

std::string title_of(const Network& network);
std::string title_of(const Network& network, const NetworkEndpoint& endpoint);

}   // namespace sluice
