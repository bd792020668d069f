// SPDX-License-Identifier: GPL-2.0-or-later
// HAProxy, as it is installed on this machine.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.hpp"
#include "kernel/probe.hpp"

namespace sluice {

struct HaproxyUser {
  uid_t user;
  gid_t group;
};

inline constexpr const char* kHaproxyUser = "haproxy";
Result<HaproxyUser> find_haproxy_user();
Result<std::string> find_haproxy();   // its path

// Whether a front can be had. A warning where not: all else can.
ProbeRow probe_haproxy();

}   // namespace sluice
