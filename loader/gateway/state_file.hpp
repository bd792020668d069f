// SPDX-License-Identifier: GPL-2.0-or-later
// What a book has outlives the process in a file of the state folder. A file that is damaged costs what was
// in it, and nothing else.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.hpp"

namespace sluice {

struct StateFileKind {
  const char* name;   // in the state folder
  size_t limit;       // bytes
  const char* what;   // is in it: `keep WHAT`, `WHAT is not known any more`
};

class StateFile {
 public:
  StateFile(const StateFileKind& kind, const std::filesystem::path& state);
  const std::filesystem::path& path() const { return path_; }

  // What an earlier process kept. False: there is nothing, or it is damaged, also as `parse` says by an
  // exception. Damage is told, and the file is to be written anew.
  bool read(const std::function<void(const nlohmann::json&)>& parse);
  Result<std::string> text() const;

  // There is more to keep than the file has.
  void note_change() { is_kept_ = false; }
  bool is_kept() const { return is_kept_; }
  // It is let be as it is until there is another change.
  void leave() { is_kept_ = true; }
  // Bytes that are no UTF-8 are replaced. Failure: it is as it was.
  Result<> keep(const nlohmann::json& all);
  void erase() const;

 private:
  StateFileKind kind_;
  std::filesystem::path path_;
  bool is_kept_ = true;
};

}   // namespace sluice
