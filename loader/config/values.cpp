// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "base/name.hpp"
#include "base/text.hpp"
#include "config/complaints.hpp"
#include "config/config.hpp"
#include "config/device_name.hpp"

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

void limit_count(const Node& node, size_t count, size_t most, std::string_view what, Complaints& complaints) {
  if (count > most) complaints.say(node, fmt::format("{} {}", count, what), fmt::format("{} at most", most));
}

Items read_one_or_list(const Node& node, Complaints& complaints) {
  if (node.kind != Kind::kList) return Items::alone(node);
  const Items items = Items::of(node);
  if (items.size() == 0) complaints.say(node, "the list is empty", "name at least one");
  if (items.size() > 1) complain_about_repeats(items, complaints);
  return items;
}

namespace {

std::string device_remedy(std::string_view name) {
  if (is_reserved_device_name(name)) return "another name: the kernel's settings have this one themselves";
  return R"(1 to 15 visible ASCII characters without "/" and ":")";
}

}   // namespace

bool check_name(std::string_view name, const Node& node, bool is_key, Complaints& complaints) {
  if (is_name(name)) return true;
  auto reason = fmt::format("{} is not a name", quote(name));
  is_key ? complaints.say_about_key(node, std::move(reason), kNameRemedy)
         : complaints.say(node, std::move(reason), kNameRemedy);
  return false;
}

bool check_device_name(const Node& member, Complaints& complaints) {
  const bool good = is_device_name(member.key);
  if (!good)
    complaints.say_about_key(member, fmt::format("{} cannot be the name of an interface", quote(member.key)),
                             device_remedy(member.key));
  return good;
}

std::optional<std::string_view> read_device_name(const Node& node, Complaints& complaints) {
  const auto name = read_string(node, complaints);
  if (!name || is_device_name(*name)) return name;
  complaints.say(node, fmt::format("{} cannot be the name of an interface", quote(*name)),
                 device_remedy(*name));
  return std::nullopt;
}

namespace {

constexpr uint64_t kMostPackets = 1'000'000'000, kLeastBits = 1'000, kMostBits = 1'000'000'000'000;

bool is_in_bounds(const Rate& rate) {
  return rate.packets ? rate.amount >= 1 && rate.amount <= kMostPackets
                      : rate.amount >= kLeastBits && rate.amount <= kMostBits;
}

}   // namespace

std::optional<Rate> read_rate(const Node& node, bool packets, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return std::nullopt;
  const auto rate = parse_rate(*text);
  if (!rate || (rate->packets && !packets)) {
    complaints.say(node, fmt::format("{} is not a rate", quote(*text)),
                   fmt::format(R"(a whole number with its unit bit, kbit, mbit{}, such as "50mbit")",
                               packets ? ", gbit or pps" : " or gbit"));
    return std::nullopt;
  }
  if (is_in_bounds(*rate)) return rate;
  complaints.say(node, fmt::format("{} is not a rate that can be kept", quote(*text)),
                 rate->packets ? R"("1pps" to "1000000000pps")" : R"("1kbit" to "1000gbit")");
  return std::nullopt;
}

std::vector<std::string> to_strings(Keys words) { return {words.begin(), words.end()}; }

std::string suggest(std::string_view word, const std::vector<std::string>& candidates,
                    std::string_view what) {
  constexpr size_t kMostListed = 32;
  if (const auto meant = did_you_mean(word, candidates))
    return fmt::format("did you mean {}?", quote(*meant));
  if (candidates.empty() || candidates.size() > kMostListed) return {};
  return fmt::format("{}: {}", what, join(candidates, ", "));
}

bool expect_kind(const Node& node, Kind kind, Complaints& complaints) {
  if (node.kind == kind) return true;
  complaints.say(node, fmt::format("expected {}, found {}", with_article(kind), with_article(node.kind)));
  return false;
}

Members::Members(const Node& node, Keys known, Complaints& complaints)
    : node_(node), complaints_(complaints) {
  if (expect_kind(node, Kind::kObject, complaints)) complain_about_unknown(known);
}

void Members::complain_about_unknown(Keys known) const {
  for (const Node& member : node_.children()) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    const auto remedy = complaints_.full() ? "" : suggest(member.key, to_strings(known), "known keys");
    complaints_.say_about_key(member, fmt::format("unknown key {}", quote(member.key)), remedy);
  }
}

const Node* require_member(const Node& object, std::string_view key, Complaints& complaints) {
  const Node* found = object.member(key);
  if (!found && object.kind == Kind::kObject)
    complaints.say(object, fmt::format("{} is missing", quote(key)));
  return found;
}

}   // namespace sluice::config
