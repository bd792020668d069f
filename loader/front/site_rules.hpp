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
// What the others ask of a request: which kind of answers the client wants, and whether its host is one.
std::string request_rules();
// An answer where the host is none, or more than one. After request_rules().
std::string host_rules();
// What a client may not say in the name of the front, and what the front says.
std::string forwarded_rules();
// Let through what asks a public site, has no token, and is not too much, by one look-up: first where nothing
// is said of the site, then also where it has a limit of its own, a pod, or a prefix that is taken away. All
// else goes on to the rules of sites, which come to the same for such a request.
std::string plain_public_rules(const FrontPlan& plan, const FrontPaths& paths);
std::string public_rules(const FrontPlan& plan);
// The site of the host; an answer where there is none.
std::string name_rules(const FrontPaths& paths);
// All that follows from the site: token, limits, access, path, headers.
std::string site_rules(const FrontPlan& plan, const FrontPaths& paths);

}   // namespace sluice
