// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/probe_row.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {
namespace {

bool is_bad(const ProbeRow& row) { return row.state == ProbeState::kBad; }

}   // namespace

bool all_usable(std::span<const ProbeRow> rows) { return std::ranges::none_of(rows, is_bad); }

std::string refusal_of(std::span<const ProbeRow> rows) {
  const auto first = std::ranges::find_if(rows, is_bad);
  if (first == rows.end()) return "";
  return first->reason.empty() ? first->finding : fmt::format("{}: {}", first->finding, first->reason);
}

}   // namespace sluice
