// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/token_file.hpp"

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace sluice {

Result<std::string> token_in(const std::filesystem::path& file, size_t least) {
  constexpr size_t kLongestToken = 4096;
  const std::string text = TRY(read_file(file, kLongestToken));
  const std::string_view token = trimmed(text);
  if (token.empty()) return fail(fmt::format("{} is empty", file.native()));
  if (token.size() < least)
    return fail(fmt::format("the token in {} has fewer than {} characters", file.native(), least));
  return std::string(token);
}

}   // namespace sluice
