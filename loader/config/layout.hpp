// SPDX-License-Identifier: GPL-2.0-or-later
// The canonical layout of a document.
#pragma once

#include <string>
#include <string_view>

#include "config/tree.hpp"

namespace sluice::config {

inline constexpr size_t kIndent = 2;
inline constexpr size_t kWidth = 120;

std::string lay_out(std::string_view text, const Tree& tree);

}   // namespace sluice::config
