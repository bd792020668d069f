// SPDX-License-Identifier: GPL-2.0-or-later
// Names of devices that nothing else of the document has. Pure.
#pragma once

#include <set>
#include <string>

#include "model/document.hpp"

namespace sluice {

// Interfaces, devices in bridges of networks, and what networks were given already.
std::set<std::string> devices_of(const Document& document);

// `name`, or with "-2" and so on in place of its end; `used` has it then.
std::string free_device(const std::string& name, std::set<std::string>& used);

}   // namespace sluice
