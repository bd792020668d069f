// SPDX-License-Identifier: GPL-2.0-or-later
#include "talk/bearer.hpp"

#include <cstddef>

namespace sluice {
namespace {

bool is_same(std::string_view given, std::string_view wanted) {
  unsigned differences = given.size() == wanted.size() ? 0 : 1;
  for (size_t i = 0; i < given.size(); ++i)
    differences |= static_cast<unsigned>(given[i] ^ wanted[i % wanted.size()]);
  return differences == 0;
}

}   // namespace

bool has_token(std::string_view authorization, std::string_view token) {
  constexpr std::string_view kScheme = "Bearer ";
  return !token.empty() && authorization.starts_with(kScheme) &&
         is_same(authorization.substr(kScheme.size()), token);
}

}   // namespace sluice
