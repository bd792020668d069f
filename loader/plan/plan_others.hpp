// SPDX-License-Identifier: GPL-2.0-or-later
// What changes at other programs, which are told anew and need no steps: the front end and the resolver.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "model/document.hpp"

namespace sluice {

// "change the front: sites app1, shop; its tokens". Of settled documents; `before`: that is in force, null:
// none is. What has no effect is not told.
std::vector<std::string> plan_others(const Document* before, const Document& after);

}   // namespace sluice
