// SPDX-License-Identifier: GPL-2.0-or-later
// A connection to a Unix socket of HAProxy that neither sends nor hears for longer than it may.
#pragma once

#include <chrono>
#include <filesystem>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

Result<UniqueFd> connect_unix(const std::filesystem::path& socket, std::chrono::milliseconds patience);

}   // namespace sluice
