// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text_edit.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {

TextEdit edit_between(std::string_view before, std::string_view after) {
  const auto [differs, ignored] = std::ranges::mismatch(before, after);
  const auto same = static_cast<size_t>(differs - before.begin());
  const size_t most = std::min(before.size(), after.size()) - same;
  size_t tail = 0;
  while (tail < most && before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) ++tail;
  return {same, before.size() - same - tail, std::string(after.substr(same, after.size() - same - tail))};
}

Result<TextEdit> make_edit(std::string& text, const TextEdit& edit) {
  if (edit.at > text.size() || edit.removed > text.size() - edit.at)
    return fail(
        fmt::format("a text of {} bytes has no {} bytes behind byte {}", text.size(), edit.removed, edit.at));
  TextEdit back{edit.at, edit.inserted.size(), text.substr(edit.at, edit.removed)};
  text.replace(edit.at, edit.removed, edit.inserted);
  return back;
}

}   // namespace sluice
