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

// Addresses that nobody moves would be nowhere: a document that has such is refused without keepalived, and
// without FRR where routers are to be told of them.
Result<> expect_keepalived(const Document& document);

class AddressKeeper {
 public:
  explicit AddressKeeper(std::filesystem::path folder) : folder_(folder), process_(std::move(folder)) {}

  // This from now on; none: the addresses move no more, and are taken off here. Failure: a sentence.
  Result<> want(std::optional<VrrpPlan> plan);
  bool runs() const { return process_.runs(); }
  // The kernel reads programs now, and nobody else has that CPU meanwhile: an active node says that it may be
  // silent for a while, and one that stands by hears nothing, and does not listen. Until it is wanted again.
  void expect_stall(bool is_standby) const;
  const std::optional<VrrpPlan>& plan() const { return plan_; }
  // A node that is not what its document says is worth less; also told to what an earlier daemon began.
  // `active`: for so long; none: it is not. `lost`: routers that it had sessions with.
  void judge(bool in_force, std::optional<std::chrono::seconds> active, size_t lost = 0);
  // For routers. The node that became active last is the best way, whatever it heard: also where an earlier
  // one is silent, and what it said is believed for a while.
  // Where all nodes carry they are alike; and all that are there are better than one that is believed to be.
  uint32_t metric(const ClusterFacts& facts) const;
  void note_age(std::optional<std::chrono::seconds> active) { age_ = active; }   // none: it is not

  // Answers sentences: what was ended.
  Result<std::vector<std::string>> tear_down();

 private:
  std::filesystem::path folder_;
  KeepalivedProcess process_;
  std::optional<VrrpPlan> plan_;
  std::optional<std::chrono::seconds> age_;
};

}   // namespace sluice
