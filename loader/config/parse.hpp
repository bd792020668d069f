// SPDX-License-Identifier: GPL-2.0-or-later
// From text to a tree of values.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "config/complaints.hpp"
#include "config/tree.hpp"

namespace sluice::config {

inline constexpr size_t kMostBytes = 32u << 20;    // 100,000 forwards are about 12 MiB
inline constexpr size_t kMostValues = 2'000'000;   // bounds the memory: 100,000 forwards are about a million
inline constexpr int kMostDepth = 32;

// nullopt: the text is too long, too deep, not UTF-8 or not JSON, and there is one complaint that says so.
// Doubled keys are complained about, but the tree is there.
std::optional<Tree> parse_tree(std::string_view text, Complaints& complaints);

// A tree for those who work on the text; broken syntax and doubled keys are one error, ready to print.
Result<Tree> parse_or_fail(std::string_view text, std::string_view file_name);

}   // namespace sluice::config
