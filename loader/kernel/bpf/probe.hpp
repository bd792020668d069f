// SPDX-License-Identifier: GPL-2.0-or-later
// What the eBPF engine needs of this machine, found by doing it. Leaves nothing behind and touches neither
// devices nor the pins of an engine that runs.
#pragma once

#include <filesystem>

#include "kernel/probe.hpp"

namespace sluice {

// The verifier needs a second for the programs: to choose an engine they are not loaded when something
// cheaper was refused already (the refusal is the same), nor when they are about to be loaded in earnest.
enum class ProbeDepth { kWithoutPrograms, kUntilRefused, kAll };

// `pins`: where the engine would keep its maps.
Probe probe_ebpf(const std::filesystem::path& pins, ProbeDepth depth = ProbeDepth::kUntilRefused);

// A BPF file system at the place of the pins in which this process may write; where there is none, whether
// one could be mounted. Mounts nothing.
ProbeRow probe_bpffs(const std::filesystem::path& pins);

}   // namespace sluice
