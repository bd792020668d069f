// SPDX-License-Identifier: GPL-2.0-or-later
// Texts that are kept in the tree. SLUICE_GOLDEN_UPDATE=1 writes them anew, to be read before they are
// committed.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "cli_rig.hpp"

namespace sluice::cli {

inline void expect_golden(const std::filesystem::path& path_in_tree, const std::string& text) {
  const auto path = std::filesystem::path(SLUICE_SOURCE_DIR) / path_in_tree;
  if (std::getenv("SLUICE_GOLDEN_UPDATE")) std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(text, slurp(path)) << path_in_tree << " differs; SLUICE_GOLDEN_UPDATE=1 writes it anew";
}

}   // namespace sluice::cli
