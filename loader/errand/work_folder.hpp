// SPDX-License-Identifier: GPL-2.0-or-later
// A folder for the files of one errand, gone with it.
#pragma once

#include <filesystem>
#include <utility>

#include "base/result.hpp"

namespace sluice {

class WorkFolder {
 public:
  static Result<WorkFolder> make();
  WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  WorkFolder& operator=(WorkFolder&&) = delete;
  ~WorkFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit WorkFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}   // namespace sluice
