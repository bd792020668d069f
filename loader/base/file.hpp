// SPDX-License-Identifier: GPL-2.0-or-later
// Whole files, with a bound and an error that names the file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/text.hpp"

namespace sluice {

// Regular files and no others, so that nothing waits and nothing is set off; symbolic links are followed.
Result<std::string> read_file(const std::filesystem::path& path, size_t limit);
// Names are relative to the directory. All together have at most `limit` bytes. A failure is
// kInvalidDocument.
Result<NamedTexts> read_regular_files(const std::vector<std::string>& names,
                                      const std::filesystem::path& directory, size_t limit);
// What somebody says to the program that he runs: a pipe too, which he may keep waiting.
Result<std::string> read_file_or_pipe(const std::filesystem::path& path, size_t limit);
// Written beside and renamed, so that a reader sees the old or the new text; fsynced; with this mode.
Result<> write_file_atomically(const std::filesystem::path& path, std::string_view text, unsigned mode);
// With this mode. What is there already, also as a link that leads nowhere, stays, and is a failure.
Result<> write_new_file(const std::filesystem::path& path, std::string_view text, unsigned mode);
// In one write, which outlives the process; not fsynced. A file that is not there is a failure.
Result<> append_to_file(const std::filesystem::path& path, std::string_view text);

}   // namespace sluice
