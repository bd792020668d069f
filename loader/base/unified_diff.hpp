// SPDX-License-Identifier: GPL-2.0-or-later
// The lines in which two texts differ, as `diff -u` writes them.
#pragma once

#include <string>

namespace sluice {

struct DiffSide {
  std::string name, text;
};

// Empty: they are the same. The fewest lines that say it (Wu, Manber, Myers, Miller, "An O(NP) Sequence
// Comparison Algorithm", 1990); of texts with very many differences somewhat more.
std::string unified_diff(const DiffSide& before, const DiffSide& after);

}   // namespace sluice
