// SPDX-License-Identifier: GPL-2.0-or-later
// The processes of a network's routing daemon: of FRR's own user, in a folder of their own, without a word in
// the kernel's routes. They outlive this process.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "frr/router.hpp"
#include "frr/vty.hpp"

namespace sluice {

class RouterProcess {
 public:
  // Below `base`, whose parent exists or can be made.
  RouterProcess(std::filesystem::path base, std::string network)
      : base_(std::move(base)), network_(std::move(network)) {}

  // None: it does not run.
  Result<std::optional<Vty>> connect(std::chrono::milliseconds patience) const;
  // With this configuration; none runs. It answers when this is over.
  Result<> start(const Router& router, const std::string& config) const;
  // Also one that does not listen any more; nothing of its folder stays.
  Result<> stop() const;

  // The configuration that it was given; empty: none.
  std::string config() const;
  Result<> keep_config(const std::string& config) const;

 private:
  std::filesystem::path folder() const { return base_ / network_; }
  std::filesystem::path config_file() const { return base_ / (network_ + ".conf"); }
  std::filesystem::path pid_file() const { return folder() / "bgpd.pid"; }
  std::filesystem::path socket() const { return folder() / "bgpd.vty"; }
  Result<> make_folder() const;
  std::vector<std::string> words(const Router& router, const std::string& program) const;
  std::optional<int> find_process() const;
  Result<> end_process() const;

  std::filesystem::path base_;
  std::string network_;
};

}   // namespace sluice
