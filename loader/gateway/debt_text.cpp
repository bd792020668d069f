// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/debt_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/number.hpp"

namespace sluice {
namespace {

using std::chrono::nanoseconds;

constexpr char kBetweenWords = '\x1f';
constexpr std::string_view kAll = "all", kAddress = "address", kVrf = "vrf", kEndpoint = "endpoint",
                           kFlow = "flow", kNoEndpoint = "-";
constexpr nanoseconds kLongestDebt = std::chrono::hours(24 * 366);

struct TextOfWhose {
  const FlowNames& names;

  std::string operator()(std::monostate) const { return std::string(kAll); }
  std::string operator()(const IpAddress& address) const { return join(kAddress, address.to_string()); }
  std::string operator()(OfVrf of) const { return join(kVrf, names.vrf(of.vrf)); }
  std::string operator()(OfEndpoint of) const { return join(kEndpoint, names.object(of.object)); }
  std::string operator()(const FlowKey& flow) const { return join(kFlow, key_text(flow, names)); }

 private:
  static std::string join(std::string_view kind, std::string_view name) {
    return fmt::format("{}{}{}", kind, kBetweenWords, name);
  }
};

std::pair<std::string_view, std::string_view> first_word(std::string_view text) {
  const size_t end = text.find(kBetweenWords);
  if (end == std::string_view::npos) return {text, {}};
  return {text.substr(0, end), text.substr(end + 1)};
}

std::optional<LimitDebt::Whose> parse_endpoint(std::string_view name, const FlowNames& names) {
  const uint32_t object = names.object_number(name);
  if (object == 0 && name != kNoEndpoint) return std::nullopt;
  return OfEndpoint{object};
}

std::optional<LimitDebt::Whose> parse_whose(std::string_view text, const FlowNames& names) {
  const auto [kind, name] = first_word(text);
  if (kind == kAll && name.empty()) return std::monostate{};
  if (kind == kEndpoint) return parse_endpoint(name, names);
  if (kind == kAddress)
    if (const auto address = IpAddress::parse(name)) return *address;
  if (kind == kVrf)
    if (const auto vrf = names.vrf_number(name)) return OfVrf{*vrf};
  if (kind == kFlow)
    if (const auto flow = parse_key(name, names)) return *flow;
  return std::nullopt;
}

std::optional<nanoseconds> parse_left(std::string_view text) {
  const auto left = whole_number<int64_t>(text);
  if (!left || nanoseconds(*left) > kLongestDebt) return std::nullopt;
  return nanoseconds(*left);
}

}   // namespace

std::string debt_text(const LimitDebt& debt, const FlowNames& names,
                      std::chrono::steady_clock::time_point now) {
  const auto left = std::chrono::duration_cast<nanoseconds>(debt.full - now);
  return fmt::format("{}{}{}{}{}", names.object(debt.limit), kBetweenWords,
                     std::max(left, nanoseconds(0)).count(), kBetweenWords,
                     std::visit(TextOfWhose{names}, debt.whose));
}

std::optional<LimitDebt> parse_debt(std::string_view text, const FlowNames& names,
                                    std::chrono::steady_clock::time_point now) {
  const auto [limit, behind] = first_word(text);
  const auto [time, whose_text] = first_word(behind);
  const uint32_t number = names.object_number(limit);
  const auto left = parse_left(time);
  const auto whose = parse_whose(whose_text, names);
  if (number == 0 || !left || !whose) return std::nullopt;
  return LimitDebt{.limit = number, .whose = *whose, .full = now + *left};
}

}   // namespace sluice
