// SPDX-License-Identifier: GPL-2.0-or-later
// uacme and nsupdate, as they are installed on this machine.
#pragma once

#include "kernel/probe.hpp"

namespace sluice {

// Whether certificates can be asked for. A warning where not: those of files are served all the same.
ProbeRow probe_acme();

}   // namespace sluice
