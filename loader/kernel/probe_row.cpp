// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/probe_row.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {
namespace {

bool is_bad(const ProbeRow& row) { return row.state == ProbeState::kBad; }

}   // namespace

bool Probe::usable() const { return std::ranges::none_of(rows, is_bad); }

std::string Probe::refusal() const {
  const auto first = std::ranges::find_if(rows, is_bad);
  if (first == rows.end()) return "";
  return first->reason.empty() ? first->finding : fmt::format("{}: {}", first->finding, first->reason);
}

}   // namespace sluice
