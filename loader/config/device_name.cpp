// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "config/config.hpp"

namespace sluice {
namespace {

constexpr size_t kLongestDevice = 15;   // IFNAMSIZ without its zero

// dev_valid_name() of the kernel refuses white space, '/' and ':'.
bool is_device_character(char c) { return c > ' ' && c < 0x7f && c != '/' && c != ':'; }

bool is_reserved(std::string_view device) {
  constexpr std::string_view kReserved[] = {".", "..", "all",
                                            "default"};   // the latter are places in /proc/sys
  return std::find(std::begin(kReserved), std::end(kReserved), device) != std::end(kReserved);
}

}   // namespace

bool is_device_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestDevice && !is_reserved(name) &&
         std::all_of(name.begin(), name.end(), is_device_character);
}

}   // namespace sluice
