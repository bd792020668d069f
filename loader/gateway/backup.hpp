// SPDX-License-Identifier: GPL-2.0-or-later
// All that makes a gateway what it is, as one value and as one text (docs/backup.md). The text has secret
// keys: it goes to who asked for it, and nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "engine/state.hpp"
#include "gateway/key_files.hpp"
#include "model/allotment.hpp"
#include "store/store.hpp"

namespace sluice {

inline constexpr size_t kMostBackupBytes = size_t{32} << 20;   // of the text

struct Backup {
  std::string host, time;          // where and when it was made; RFC 3339 in UTC
  Revision in_force;               // with its number
  std::vector<Revision> history;   // ascending, with the one in force
  Allotments allotments;
  KeyTable keys;
  // What was counted. Numbers of objects are the engine's own, and none here.
  std::vector<ObjectCount> objects;
  std::vector<EndpointCount> endpoints;
};

struct BackupText {
  std::string text;
  size_t left_out = 0;   // old revisions that there was no room for
};

// Failure: what cannot be left out is longer than kMostBackupBytes.
Result<BackupText> text_of(const Backup& backup);
// Failure: one sentence. Whatever it says is the document's to judge; keys are keys, and names are names.
Result<Backup> parse_backup(std::string_view text);

// Keys alone, for the store.
std::string text_of(const KeyTable& keys);
Result<KeyTable> parse_keys(std::string_view text);

}   // namespace sluice
