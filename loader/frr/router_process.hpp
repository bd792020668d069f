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
#include "kernel/other_daemon.hpp"

namespace sluice {

class RouterProcess {
 public:
  // Below `base`, whose parent exists or can be made.
  RouterProcess(std::filesystem::path base, std::string name)
      : base_(std::move(base)), name_(std::move(name)) {}

  // None: it does not run.
  Result<std::optional<Vty>> connect(std::chrono::milliseconds patience) const;
  // To who is told of changes.
  Result<std::optional<Vty>> connect_settings(std::chrono::milliseconds patience) const;
  // With this configuration; none runs. It answers when this is over.
  Result<> start(const Router& router, const std::string& config) const;
  // Also one that does not listen any more; nothing of its folder stays.
  Result<> stop() const;

  // The configuration that it was given; empty: none.
  std::string config() const;
  Result<> keep_config(const std::string& config) const;

 private:
  std::filesystem::path folder() const { return base_ / name_; }
  std::filesystem::path config_file() const { return base_ / (name_ + ".conf"); }
  std::filesystem::path pid_file() const;
  std::filesystem::path socket() const;            // that is asked
  std::filesystem::path settings_socket() const;   // that is told of changes
  Result<> make_folder() const;
  Result<std::vector<std::string>> words_of_bgpd(const Router& router) const;
  Result<std::vector<std::string>> words_of_ospf(const Router& router) const;
  Result<> run(const std::vector<std::string>& words, bool in_vrf) const;
  std::vector<std::string> limits_of_unit(bool in_vrf) const;
  std::vector<std::string> properties_of_unit(bool in_vrf) const;
  OtherDaemon daemon() const;
  Result<> end() const;

  std::filesystem::path base_;
  std::string name_;
};

}   // namespace sluice
