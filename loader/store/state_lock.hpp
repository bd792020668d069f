// SPDX-License-Identifier: GPL-2.0-or-later
// One daemon per state directory.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

// Makes the directory with mode 0700, its parents as needed with 0755; one that exists is left as it is.
Result<> make_state_dir(const std::filesystem::path& dir);

// Held until it dies, also by kill -9; children that exec do not inherit it.
class StateLock {
 public:
  // Failure when it is held: "another sluiced (pid 42) uses /var/lib/sluice".
  static Result<StateLock> take(const std::filesystem::path& dir);
  static bool is_held(const std::filesystem::path& dir);   // by somebody; changes nothing
  // Whether the file that is locked is still the one of that name.
  bool is_in_place(const std::filesystem::path& dir) const;
  static std::filesystem::path file(const std::filesystem::path& dir) { return dir / "lock"; }

 private:
  explicit StateLock(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}   // namespace sluice
