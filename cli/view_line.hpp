// SPDX-License-Identifier: GPL-2.0-or-later
// A line of a terminal that is ours as a whole.
#pragma once

#include <cstddef>
#include <string>

namespace sluice::cli {

enum class Tone { kPlain, kHead, kGood, kBad, kChosen };

struct ViewLine {
  std::string text;   // printable ASCII: whatever a terminal is, it takes a column for each byte
  Tone tone = Tone::kPlain;
  bool operator==(const ViewLine&) const = default;
};

struct ScreenSize {
  size_t height = 24, width = 80;
};

}   // namespace sluice::cli
