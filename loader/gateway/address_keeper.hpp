// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps the process that has the addresses of a cluster as the document says.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/document.hpp"
#include "vrrp/keepalived_config.hpp"
#include "vrrp/process.hpp"

namespace sluice {

// Of the daemon that has these pins.
std::filesystem::path addresses_of_pins(const std::filesystem::path& pins);

// Addresses that nobody moves would be nowhere: a document that has such is refused without keepalived.
Result<> expect_keepalived(const Document& document);

class AddressKeeper {
 public:
  explicit AddressKeeper(std::filesystem::path folder) : folder_(folder), process_(std::move(folder)) {}

  // This from now on; none: the addresses move no more, and are taken off here. Failure: a sentence.
  Result<> want(std::optional<VrrpPlan> plan);
  bool runs() const { return process_.runs(); }
  const std::optional<VrrpPlan>& plan() const { return plan_; }
  // A node that is not what its document says is worth less; also told to what an earlier daemon began.
  // `active`: for so long; none: it is not.
  void judge(bool in_force, std::optional<std::chrono::seconds> active);

  // Answers sentences: what was ended.
  Result<std::vector<std::string>> tear_down();

 private:
  std::filesystem::path folder_;
  KeepalivedProcess process_;
  std::optional<VrrpPlan> plan_;
};

}   // namespace sluice
