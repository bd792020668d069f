// SPDX-License-Identifier: GPL-2.0-or-later
// The process that tells metrics by TCP. It reads what strangers send and makes a socket of IP, neither of
// which the daemon does: it is a unit of its own, or a child where there is no systemd.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kernel/helper.hpp"

namespace sluice {

// What the command line of sluiced says; it is told by standard input, which is a socket, and asks by it for
// what it tells. Ends when the other end does.
inline constexpr const char* kScrapeVerb = "scrape";
Result<> run_scrape(int socket);

Result<Helper> start_scrape_process(const std::string& instance);

}   // namespace sluice
