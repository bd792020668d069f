// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "kernel/probe_row.hpp"

namespace sluice {

// Whether this process may change what tc does in its network namespace. Asked about a device that does not
// exist, so that nothing can come of it.
ProbeRow probe_tc_change();

}   // namespace sluice
