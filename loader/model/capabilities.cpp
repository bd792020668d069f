// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/capabilities.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "model/capability_limits.hpp"

namespace sluice {
namespace {

bool can(const Capability& row, EngineKind engine, uint64_t amount) {
  return amount <= limit_of(row, engine);
}

std::string reason_of(const Capability& row, EngineKind engine, uint64_t amount) {
  const uint64_t most = limit_of(row, engine);
  if (most == kNone) return fmt::format("the {} engine has no {}", to_string(engine), row.what);
  return fmt::format("{} {} are more than the {} of the {} engine", with_commas(amount), row.what,
                     with_commas(most), to_string(engine));
}

std::vector<EngineKind> engines_for(const Capability& row, uint64_t amount) {
  std::vector<EngineKind> engines;
  for (const EngineKind engine : kEngineKinds)
    if (can(row, engine, amount)) engines.push_back(engine);
  return engines;
}

bool is_plain_word(std::string_view key) {
  return !key.empty() &&
         std::all_of(key.begin(), key.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

std::string step_to(const std::variant<std::string, size_t>& step, bool first) {
  if (const auto* index = std::get_if<size_t>(&step)) return fmt::format("[{}]", *index);
  const auto& key = std::get<std::string>(step);
  return is_plain_word(key) ? (first ? "" : ".") + key : fmt::format("[\"{}\"]", key);
}

}   // namespace

std::string_view to_string(EngineKind kind) { return kind == EngineKind::kEbpf ? "ebpf" : "nftables"; }

std::string to_string(const KeyPath& path) {
  std::string text;
  for (const auto& step : path) text += step_to(step, text.empty());
  return text;
}

std::vector<Lack> lacks(const Document& document, EngineKind engine) {
  std::vector<Lack> found;
  for (const Capability& row : kCapabilities) {
    if (!row.count || limit_of(row, engine) == kAll) continue;
    for (const Use& use : row.count(document))
      if (!can(row, engine, use.amount))
        found.push_back({use.path, reason_of(row, engine, use.amount), engines_for(row, use.amount)});
  }
  return found;
}

std::string who_can(const Lack& lack) {
  if (lack.can.empty()) return "no engine can";
  std::vector<std::string> names;
  for (const EngineKind engine : lack.can) names.emplace_back(to_string(engine));
  return fmt::format("the {} engine can", join(names, " or "));
}

std::string sentence(const Lack& lack) {
  return fmt::format("{}: {} ({})", to_string(lack.path), lack.reason, who_can(lack));
}

}   // namespace sluice
