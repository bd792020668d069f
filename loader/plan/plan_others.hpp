// SPDX-License-Identifier: GPL-2.0-or-later
// What changes beside the packet path and needs no steps of it: at the front end, the resolver, and all that
// is told anew by a key of the document of its own. Pure.
#pragma once

#include <string>
#include <vector>

#include "model/document.hpp"

namespace sluice {

// "change the front: sites app1, shop; its tokens", "start web", "change ssh: rate; user alice". Of settled
// documents; `before`: that is in force, null: none is. What has no effect is not told.
std::vector<std::string> plan_others(const Document* before, const Document& after);

}   // namespace sluice
