// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "config/quote.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr size_t kLongestName = 63;
constexpr size_t kLongestDevice = 15;   // IFNAMSIZ without its zero

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name_character(char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; }

// dev_valid_name() of the kernel refuses white space, '/' and ':'.
bool is_device_character(char c) { return c > ' ' && c < 0x7f && c != '/' && c != ':'; }

bool is_reserved(std::string_view device) {
  constexpr std::string_view kReserved[] = {".", "..", "all",
                                            "default"};   // the latter are places in /proc/sys
  return std::find(std::begin(kReserved), std::end(kReserved), device) != std::end(kReserved);
}

constexpr auto kDeviceRemedy = "1 to 15 visible ASCII characters without \"/\" and \":\"";

bool is_device(std::string_view name) {
  return !name.empty() && name.size() <= kLongestDevice && !is_reserved(name) &&
         std::all_of(name.begin(), name.end(), is_device_character);
}

}   // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && is_letter_or_digit(text[0]) &&
         std::all_of(text.begin(), text.end(), is_name_character);
}

bool check_name(std::string_view name, const Node& node, bool is_key, Complaints& complaints) {
  if (is_name(name)) return true;
  auto reason = fmt::format("{} is not a name", quote(name));
  constexpr auto kRemedy = "1 to 63 letters, digits, \".\", \"_\" and \"-\", a letter or digit first";
  is_key ? complaints.say_about_key(node, std::move(reason), kRemedy)
         : complaints.say(node, std::move(reason), kRemedy);
  return false;
}

bool check_device_name(const Node& member, Complaints& complaints) {
  const bool good = is_device(member.key);
  if (!good)
    complaints.say_about_key(member, fmt::format("{} cannot be the name of an interface", quote(member.key)),
                             kDeviceRemedy);
  return good;
}

std::optional<std::string_view> read_device_name(const Node& node, Complaints& complaints) {
  const auto name = read_string(node, complaints);
  if (!name || is_device(*name)) return name;
  complaints.say(node, fmt::format("{} cannot be the name of an interface", quote(*name)), kDeviceRemedy);
  return std::nullopt;
}

}   // namespace sluice::config
