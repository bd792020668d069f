// SPDX-License-Identifier: GPL-2.0-or-later
// HAProxy, as it is installed on this machine.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kernel/other_daemon.hpp"
#include "kernel/probe.hpp"

namespace sluice {

inline constexpr const char* kHaproxyUser = "haproxy";
Result<UserIds> find_haproxy_user();
Result<std::string> find_haproxy();   // its path

// Whether a front can be had. A warning where not: all else can.
ProbeRow probe_haproxy();

}   // namespace sluice
