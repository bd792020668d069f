// SPDX-License-Identifier: GPL-2.0-or-later
// Files with a token that who asks by TCP has to show.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace sluice {

// As the file has it, without blanks around it. Failure also: it has fewer characters than that.
Result<std::string> token_in(const std::filesystem::path& file, size_t least = 1);

}   // namespace sluice
