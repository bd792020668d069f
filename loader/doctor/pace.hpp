// SPDX-License-Identifier: GPL-2.0-or-later
// Whether the clock is kept right, CPUs may be quick, and cards share their interrupts among them. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "kernel/pace.hpp"
#include "kernel/probe.hpp"

namespace sluice {

ProbeRow judge_clock(bool is_kept);
// Of a machine that has governors.
ProbeRow judge_governors(const std::map<std::string, size_t>& counts);
// Nullopt: there is nothing to share.
std::optional<ProbeRow> judge_interrupts(const std::map<std::string, CardInterrupts>& cards, size_t cpus);

}   // namespace sluice
