// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/ssh.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {
namespace {

constexpr size_t kLongestUser = 32;   // useradd(8)

bool is_small_letter(char c) { return c >= 'a' && c <= 'z'; }

bool is_of_user(char c) {
  return is_small_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}   // namespace

bool is_ssh_user(std::string_view name) {
  return !name.empty() && name.size() <= kLongestUser && is_small_letter(name[0]) &&
         std::ranges::all_of(name, is_of_user) && name != "root";
}

std::string ssh_forward_name(std::string_view user, size_t box) {
  return box == 0 ? fmt::format("ssh:{}", user) : fmt::format("ssh:{}/{}", user, box + 1);
}

}   // namespace sluice
