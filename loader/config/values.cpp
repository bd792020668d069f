// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "base/text.hpp"
#include "config/quote.hpp"

namespace sluice::config {
namespace {

constexpr std::chrono::seconds kLongestDuration = std::chrono::hours(24 * 30);

// Items are compared as they are written: enough to find what was pasted twice.
void complain_about_repeats(const Items& items, Complaints& complaints) {
  std::unordered_set<std::string_view> seen(items.size());
  for (const Node* item : items)
    if (item->count == 0 && !seen.insert(item->text).second)
      complaints.say(*item, fmt::format("{} is in the list already", quote(item->text)), "remove it");
}

}   // namespace

std::optional<std::string_view> read_string(const Node& node, Complaints& complaints) {
  return expect_kind(node, Kind::kString, complaints) ? std::optional(node.text) : std::nullopt;
}

std::optional<bool> read_bool(const Node& node, Complaints& complaints) {
  return expect_kind(node, Kind::kBoolean, complaints) ? std::optional(node.text == "true") : std::nullopt;
}

std::optional<size_t> read_word(const Node& node, Keys words, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return std::nullopt;
  const auto at = std::find(words.begin(), words.end(), *text);
  if (at != words.end()) return static_cast<size_t>(at - words.begin());
  complaints.say(node, fmt::format("{} is not known here", quote(*text)),
                 suggest(*text, to_strings(words), "one of"));
  return std::nullopt;
}

std::optional<std::chrono::seconds> read_duration(const Node& node, Complaints& complaints, bool zero) {
  constexpr auto kRemedy = R"(a number with its unit s, m, h or d, such as "300s" or "2h")";
  if (node.kind == Kind::kNumber) {
    complaints.say(node, "a time without a unit", kRemedy);
    return std::nullopt;
  }
  const auto text = read_string(node, complaints);
  if (!text) return std::nullopt;
  const auto duration = parse_duration(*text);
  if (!duration || (duration->count() == 0 && !zero)) {
    complaints.say(node, fmt::format("{} is not a time", quote(*text)), kRemedy);
  } else if (*duration > kLongestDuration) {
    complaints.say(node, fmt::format("{} is longer than 30 days", quote(*text)), R"(at most "30d")");
  } else {
    return duration;
  }
  return std::nullopt;
}

std::optional<uint32_t> read_count(const Node& node, uint32_t least, uint32_t most, Complaints& complaints) {
  if (!expect_kind(node, Kind::kNumber, complaints)) return std::nullopt;
  uint32_t number = 0;
  const char* end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, number);
  if (error == std::errc() && stop == end && least <= number && number <= most) return number;
  complaints.say(node, fmt::format("{} is not a whole number from {} to {}", printable(node.text),
                                   with_commas(least), with_commas(most)));
  return std::nullopt;
}

Items read_list(const Node& node, Complaints& complaints) {
  return expect_kind(node, Kind::kList, complaints) ? Items::of(node) : Items::none();
}

Items read_one_or_list(const Node& node, Complaints& complaints) {
  if (node.kind != Kind::kList) return Items::alone(node);
  const Items items = Items::of(node);
  if (items.size() == 0) complaints.say(node, "the list is empty", "name at least one");
  if (items.size() > 1) complain_about_repeats(items, complaints);
  return items;
}

}   // namespace sluice::config
