// SPDX-License-Identifier: GPL-2.0-or-later
// How the meaning of two documents differs. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/text.hpp"

namespace sluice {

// One side of a comparison.
struct ComparedDocument {
  std::string name;   // in the head of the text, and in complaints
  std::string text;
  NamedTexts files;   // that it has sets in: what is in them is a part of what it says
};

struct DocumentDifference {
  nlohmann::json changes = nlohmann::json::array();   // {"path", "old", "new"}; null: it is not there
  std::string unified;                                // of the canonical documents; empty: they mean the same
};

// Broken syntax is an error (kInvalidDocument).
Result<DocumentDifference> compare_documents(const ComparedDocument& before, const ComparedDocument& after);

}   // namespace sluice
