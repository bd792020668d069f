// SPDX-License-Identifier: GPL-2.0-or-later
// What HAProxy finds out about a request before it goes to a server: the site, who asks, whether he may, and
// where the path leads. Pure.
#pragma once

#include <string>

#include "front/paths.hpp"
#include "front/plan.hpp"

namespace sluice {

// Which kind of answers the client wants.
std::string kind_rules();
// The site of the host; an answer where there is none.
std::string name_rules(const FrontPaths& paths);
// All that follows from the site: token, limits, access, path, headers.
std::string site_rules(const FrontPlan& plan, const FrontPaths& paths);

}   // namespace sluice
