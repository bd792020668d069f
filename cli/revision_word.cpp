// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/revision_word.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.hpp"

namespace sluice::cli {

bool is_number(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
}

Result<int64_t> parse_revision_word(std::string_view verb, const std::string& word) {
  if (!is_number(word))
    return fail(fmt::format("{}: \"{}\" is not the number of a revision", verb, word), ErrorKind::kUsage);
  if (const auto number = whole_number<int64_t>(word); number && *number > 0) return *number;
  return fail(fmt::format("there is no revision {}: `sluice history` lists them", word));
}

}   // namespace sluice::cli
