// SPDX-License-Identifier: GPL-2.0-or-later
// What containers mean as interfaces, members of pods' sets, routes and forwards: from here on it is a
// document like any other, for both engines. Pure.
#pragma once

#include <string>
#include <vector>

#include "model/document.hpp"
#include "network/allocate.hpp"

namespace sluice {

// The document is settled: its pods are expanded. `taken`: what has its addresses already. Those that it has
// no place for are left out, and answered in sentences; the others are in `document.containers` then.
std::vector<std::string> expand_containers(Document& document, const std::vector<Container>& containers,
                                           const std::vector<TakenNetwork>& taken);

}   // namespace sluice
