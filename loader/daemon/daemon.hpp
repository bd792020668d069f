// SPDX-License-Identifier: GPL-2.0-or-later
// The process: event loop, control socket, signals, timers, what systemd wants to know.
#pragma once

#include "daemon/options.hpp"

namespace sluice {

// Runs until it is told to end (SIGTERM, SIGINT, cleanup). Traffic goes on afterwards.
Result<> run_daemon(const DaemonOptions& options);

}   // namespace sluice
