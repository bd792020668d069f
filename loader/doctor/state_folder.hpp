// SPDX-License-Identifier: GPL-2.0-or-later
// Whether sluiced can keep its record in the state folder, or could be started with what is there.
#pragma once

#include <filesystem>
#include <optional>

#include "kernel/probe.hpp"

namespace sluice {

// Of the disk below the folder; nullopt: nothing is wrong, or it may not be looked at.
std::optional<ProbeRow> judge_state_disk(const std::filesystem::path& state);
// While no daemon uses it; nullopt: it may not be looked at.
std::optional<ProbeRow> judge_state_folder(const std::filesystem::path& state);

}   // namespace sluice
