// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with a text that is not JSON, in words.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::config {

struct Flaw {
  size_t offset;
  std::string reason, remedy;
};

// How far the parser came.
struct ParseState {
  enum class After { kNothing, kOpening, kKey, kValue, kEverything };
  After after = After::kNothing;
  bool in_object = false;   // the innermost open container
  size_t at = 0;            // after the last accepted token
  size_t opened_at = 0;     // where the innermost open container begins
  size_t word_at = 0;       // where the last accepted token begins, when it is a number or a word
};

Flaw find_flaw(std::string_view text, const ParseState& state);

}   // namespace sluice::config
