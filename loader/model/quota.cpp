// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/quota.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/number.hpp"

namespace sluice {
namespace {

constexpr std::string_view kUnlimitedWord = "unlimited", kMonthly = "/month";
constexpr std::pair<std::string_view, uint64_t> kQuotaUnits[] = {
    {"TB", 1'000'000'000'000}, {"GB", 1'000'000'000}, {"MB", 1'000'000}, {"kB", 1'000}, {"B", 1}};
constexpr uint64_t kMostQuota = 1'000'000 * kQuotaUnits[0].second;

}   // namespace

std::optional<uint64_t> parse_quota(std::string_view text) {
  if (text == kUnlimitedWord) return kUnlimited;
  if (!text.ends_with(kMonthly)) return std::nullopt;
  text.remove_suffix(kMonthly.size());
  for (const auto& [name, factor] : kQuotaUnits) {
    if (!text.ends_with(name)) continue;
    const auto number = whole_number<uint64_t>(text.substr(0, text.size() - name.size()));
    if (!number) continue;   // "B" ends "kB" too
    if (*number == 0 || *number > kMostQuota / factor) return std::nullopt;
    return *number * factor;
  }
  return std::nullopt;
}

std::string quota_to_string(uint64_t bytes) {
  if (bytes == kUnlimited) return std::string(kUnlimitedWord);
  const auto* unit =
      std::ranges::find_if(kQuotaUnits, [&](const auto& one) { return bytes % one.second == 0; });
  return fmt::format("{}{}{}", bytes / unit->second, unit->first, kMonthly);
}

}   // namespace sluice
