// SPDX-License-Identifier: GPL-2.0-or-later
// The files of a part of a bundle, without secrets and no longer than they may be.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bundle/scrubber.hpp"

namespace sluice {

class PartFiles {
 public:
  static constexpr size_t kMostFileBytes = size_t{4} << 20;   // what is longer is cut

  explicit PartFiles(const Scrubber& scrubber) : scrubber_(scrubber) {}

  // A failure becomes a note.
  void add(const std::string& name, const Result<std::string>& text);
  void add(const std::string& name, const Result<nlohmann::json>& value);
  void add(const std::string& name, const Result<std::vector<std::string>>& lines);
  void note(std::string_view text) { notes_.push_back(scrubber_.scrub(text)); }
  nlohmann::json take();

 private:
  const Scrubber& scrubber_;
  nlohmann::json files_ = nlohmann::json::object(), notes_ = nlohmann::json::array();
};

}   // namespace sluice
