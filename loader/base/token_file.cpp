// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/token_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/text.hpp"

namespace sluice {

Result<std::string> token_in(const std::filesystem::path& file, size_t least) {
  constexpr size_t kLongestToken = 4096;
  const std::string text = TRY(read_file(file, kLongestToken));
  const std::string_view token = trimmed(text);
  if (token.empty()) return fail(fmt::format("{} is empty", file.native()));
  if (!std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; }))
    return fail(
        fmt::format("the token in {} has blanks in it, or characters that are not of ASCII", file.native()));
  if (token.size() < least)
    return fail(fmt::format("the token in {} has fewer than {} characters", file.native(), least));
  return std::string(token);
}

}   // namespace sluice
