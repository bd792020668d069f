// SPDX-License-Identifier: GPL-2.0-or-later
// Files with a token: what who asks by TCP has to show, and what providers of names are shown.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace sluice {

// As the file has it, without blanks around it: it stands in a header of HTTP (RFC 6750 section 2.1). Failure
// also: it has blanks in it, characters that are not of ASCII, or fewer than `least`.
Result<std::string> token_in(const std::filesystem::path& file, size_t least = 1);

}   // namespace sluice
