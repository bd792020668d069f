// SPDX-License-Identifier: GPL-2.0-or-later
// Whole files, with a bound and an error that names the file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sluice {

Result<std::string> read_file(const std::filesystem::path& path, size_t limit);
// Written beside and renamed, so that a reader sees the old or the new text; fsynced; with this mode.
Result<> write_file_atomically(const std::filesystem::path& path, std::string_view text, unsigned mode);

}   // namespace sluice
