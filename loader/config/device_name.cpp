// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/device_name.hpp"

#include <algorithm>

#include "config/config.hpp"

namespace sluice {
namespace {

constexpr size_t kLongestDevice = 15;   // IFNAMSIZ without its zero

// dev_valid_name() of the kernel refuses white space, '/' and ':'.
bool is_device_character(char c) { return c > ' ' && c < 0x7f && c != '/' && c != ':'; }

}   // namespace

bool is_reserved_device_name(std::string_view name) {
  constexpr std::string_view kReserved[] = {".", "..", "all", "default"};
  return std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved);
}

bool is_device_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestDevice && !is_reserved_device_name(name) &&
         std::all_of(name.begin(), name.end(), is_device_character);
}

}   // namespace sluice
