// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps the front end as the document says. All talk with HAProxy is that of a thread of its own: it may take
// its time, and keeps nobody else.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "front/front_end.hpp"
#include "front/paths.hpp"
#include "front/plan.hpp"
#include "gateway/worker.hpp"

namespace sluice {

// Of the daemon that has this state and these pins.
FrontPaths front_paths(const std::filesystem::path& state, const std::filesystem::path& pins);

class FrontKeeper {
 public:
  explicit FrontKeeper(FrontPaths paths);   // HAProxy outlives it

  // This from now on.
  void want(FrontPlan plan);
  // Until HAProxy was looked at. False: that took longer.
  bool await_look(std::chrono::milliseconds patience);
  // Called by the thread when troubles are others than before.
  void tell(std::function<void()> changed);

  // What HTTP-01 is answered from now on, by path; a plan's own are none.
  void offer(std::map<std::string, std::string> challenges);

  std::vector<std::string> troubles() const;   // sentences
  std::vector<ServedCertificate> certificates() const;
  std::string config() const;   // of HAProxy; empty: there is no front

  // Ends HAProxy, and removes what is its. Answers sentences: what was ended.
  Result<std::vector<std::string>> tear_down();
  static Result<std::vector<std::string>> tear_down(const FrontPaths& paths);

 private:
  std::optional<Worker::Clock::time_point> look();
  void look(const FrontPlan& plan);

  FrontPaths paths_;
  FrontEnd front_end_;   // of the thread alone

  mutable std::mutex mutex_;
  FrontPlan wanted_;
  std::map<std::string, std::string> challenges_;
  std::vector<std::string> troubles_;
  std::vector<ServedCertificate> certificates_;
  std::string config_;
  std::function<void()> changed_;
  Worker worker_;   // behind all that it uses
};

}   // namespace sluice
