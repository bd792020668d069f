// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration of HAProxy 2.6. What changes often is not in it, but in maps and in servers, which are
// changed while it runs. Pure; it has no secrets.
#pragma once

#include <string>
#include <vector>

#include "front/paths.hpp"
#include "front/plan.hpp"

namespace sluice {

struct HaproxyConfig {
  std::string text;
  std::string mark;   // of all but the servers: HAProxy runs with this configuration if it says this mark
};

// It does not listen at places that are taken.
HaproxyConfig haproxy_config(const FrontPlan& plan, const FrontPaths& paths,
                             const std::vector<Endpoint>& taken = {});

// What follows the name of a server, in the configuration and at the runtime socket.
std::string server_words(const FrontServer& server, const FrontPool& pool);

}   // namespace sluice
