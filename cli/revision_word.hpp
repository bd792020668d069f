// SPDX-License-Identifier: GPL-2.0-or-later
// How the operands of verbs name revisions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sluice::cli {

bool is_number(std::string_view word);   // digits alone

// The number of a revision. kUsage where it is none; one that cannot be is unknown like any other.
Result<int64_t> parse_revision_word(std::string_view verb, const std::string& word);

}   // namespace sluice::cli
