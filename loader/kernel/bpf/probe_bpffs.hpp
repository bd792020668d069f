// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>

#include "kernel/probe_row.hpp"

namespace sluice {

// A BPF file system at the place of the pins in which this process may write; where there is none, whether
// one could be mounted. Mounts nothing.
ProbeRow probe_bpffs(const std::filesystem::path& pins);

}   // namespace sluice
