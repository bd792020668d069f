// SPDX-License-Identifier: GPL-2.0-or-later
// A tunnel that wg-quick(8) makes and takes down, with its routes: nobody does that better on a laptop. One
// process at a time has it.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

class QuickTunnel {
 public:
  // What a process that was killed has left of it is taken down first. Failure: another one has it.
  static Result<QuickTunnel> up(const std::string& device, const std::string& config);
  QuickTunnel(QuickTunnel&&) = default;
  QuickTunnel& operator=(QuickTunnel&&) = delete;

  Result<> down();

 private:
  QuickTunnel(std::filesystem::path config, UniqueFd lock)
      : config_(std::move(config)), lock_(std::move(lock)) {}

  std::filesystem::path config_;
  UniqueFd lock_;
};

}   // namespace sluice
