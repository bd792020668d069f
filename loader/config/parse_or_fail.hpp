// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "config/tree.hpp"

namespace sluice::config {

// A tree for those who work on the text; broken syntax and doubled keys are one error, ready to print.
Result<Tree> parse_or_fail(std::string_view text, std::string_view file_name);

}   // namespace sluice::config
