// SPDX-License-Identifier: GPL-2.0-or-later
// The calling thread in another network namespace, for as long as a scope lasts.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice::bench {

class InNamespace {
 public:
  static Result<InNamespace> enter(const std::string& path);
  InNamespace(InNamespace&&) = default;
  ~InNamespace();

 private:
  explicit InNamespace(UniqueFd home) : home_(std::move(home)) {}
  UniqueFd home_;   // none after a move
};

// The index of a device in the namespace that the thread is in.
Result<int> device_index(const std::string& device);

}   // namespace sluice::bench
