// SPDX-License-Identifier: GPL-2.0-or-later
// Performs a plan. Every step answers with its inverse; a failure performs those, newest first.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "engine/ebpf/engine_ebpf.hpp"
#include "engine/nft/engine_nft.hpp"
#include "kernel/netlink/link_table.hpp"
#include "kernel/netlink/socket.hpp"
#include "plan/step.hpp"
#include "store/store.hpp"

namespace sluice {

// Where steps are performed. All of them outlive it.
struct Machine {
  EngineEbpf& ebpf;
  EngineNft& nft;
  Store& store;
  RtnlSocket& rtnl;
  const std::filesystem::path& state;
  LinkTable* links = nullptr;   // that looks go by; null: each makes a list of its own
};

// One step, and the step that undoes it; nullopt: there is nothing to undo.
Result<std::optional<Step>> perform(Machine& machine, const Step& step);

// What was done so far, in order to take it back unless keep() was called.
class UndoList {
 public:
  explicit UndoList(Machine& machine) : machine_(machine) {}
  UndoList(const UndoList&) = delete;
  UndoList& operator=(const UndoList&) = delete;
  ~UndoList();

  void remember(std::optional<Step> inverse);
  void keep() { steps_.clear(); }
  bool empty() const { return steps_.empty(); }
  // Takes everything back now; the sentences of steps that could not be taken back.
  std::vector<std::string> undo();

 private:
  Machine& machine_;
  std::vector<Step> steps_;
};

// Performs all of it, remembering in `undo` how to go back; fails with the step and the reason.
Result<> perform_plan(Machine& machine, const Plan& plan, UndoList& undo);

}   // namespace sluice
