// SPDX-License-Identifier: GPL-2.0-or-later
// A document that is to be put in force, and how long it holds then.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "gateway/restore.hpp"

namespace sluice {

// One that was checked, and the text that it was checked from.
struct GatewayCandidate {
  Document document;                    // with what its networks mean, once it is settled
  Revision source;                      // without number and time
  std::shared_ptr<Document> declared;   // as it was before that; null: not settled, or nothing to settle
  std::vector<std::string> degraded;    // what its networks cannot have now
  uint64_t drains = 0;                  // how often what was declared was changed in place
  std::shared_ptr<const Restoring> restoring = {};   // what comes with it from a backup; null: nothing
  std::vector<std::string> left_out = {};            // containers that it has no place for, in sentences
  std::vector<std::string> shared_keys = {};         // endpoints whose key is another's, in sentences
};

// Said to who asks for what takes a document in force.
inline constexpr const char* kNoDocument =
    "no document is in force yet; `sluice apply FILE` puts one in force";

struct ApplyTerms {
  std::optional<std::chrono::seconds> confirm_within;   // it is taken back unless somebody confirms it
  std::optional<RevisionVerdict> back;                  // a stored revision is gone back to
  bool unattended;   // nobody asked for it: containers without a place in it do not hold it up
  bool
      is_edit;   // of one thing in the document in force: the rest of the machine need not be looked at first
};

}   // namespace sluice
