// SPDX-License-Identifier: GPL-2.0-or-later
// A change of one place of a text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sluice {

// `removed` bytes from byte `at` give way to `inserted`.
struct TextEdit {
  size_t at = 0, removed = 0;
  std::string inserted;

  bool operator==(const TextEdit&) const = default;
};

// The shortest one that makes `after` of `before`.
TextEdit edit_between(std::string_view before, std::string_view after);

// Makes it, and answers the edit that takes it back. Failure: the text has no such place; it is as it was.
Result<TextEdit> make_edit(std::string& text, const TextEdit& edit);

}   // namespace sluice
