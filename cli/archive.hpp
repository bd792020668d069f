// SPDX-License-Identifier: GPL-2.0-or-later
// An archive of files as one text: tar with gzip. All of them have less than 4 GiB together.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/text.hpp"

namespace sluice::cli {

// All of them in a folder, by its name, that is the reader's alone. Names may have folders.
Result<std::string> archive_of(std::string_view folder, const NamedTexts& files);

}   // namespace sluice::cli
