// SPDX-License-Identifier: GPL-2.0-or-later
// Processes of sluiced that do what it does not do itself: read what strangers say, and make sockets of IP.
// Each is a unit with hardly any right, or a child where there is no systemd.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

struct Helper {
  UniqueFd socket;   // a stream; the other end is the helper's standard input, and it ends when this one does
  pid_t child = -1;   // it, or systemd-run, which waits for it
};

// What a helper may have at most.
struct HelperLimits {
  std::string right;    // CAP_*, or several; empty: none
  int files = 0;        // open at once
  std::string memory;   // "512M"
};
// As properties of its unit: a user that nobody else is, sockets of IP, and what ordinary services call.
std::vector<std::string> properties_of(const HelperLimits& limits);

// `instance` tells the units of several daemons apart; `verb` is what the command line of sluiced says;
// `properties` are for limited() (program.hpp).
Result<Helper> start_helper(const std::string& instance, const std::string& verb,
                            const std::string& description, const std::vector<std::string>& properties);

}   // namespace sluice
