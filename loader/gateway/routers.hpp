// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps the routing daemons of networks as the document says, and knows what they say. All talk with them is
// that of a thread of its own: one that hangs keeps nobody else.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "frr/router.hpp"
#include "frr/router_process.hpp"
#include "gateway/worker.hpp"

namespace sluice {

using Announcements = std::map<std::string, std::set<Prefix>>;   // by network: what its sites announce

// The folder of the daemon that has these pins.
std::filesystem::path routers_of_pins(const std::filesystem::path& pins);

class Routers {
 public:
  explicit Routers(std::filesystem::path folder);   // the daemons outlive it

  // These and no others from now on.
  void want(std::vector<Router> routers);
  // Until they were all looked at, or that long.
  void await_look(std::chrono::milliseconds patience);
  // Called by the thread when announcements or troubles are others than before.
  void tell(std::function<void()> changed);

  // What is not known yet is what was known to the process before this one.
  Announcements announcements() const;
  RouterStates states() const;   // by network
  std::map<std::string, NeighbourState> neighbours_of(const std::string& router) const;
  std::vector<std::string> troubles() const;   // sentences

  // Ends all, and removes what is theirs. Answers sentences: what was ended.
  Result<std::vector<std::string>> tear_down();
  static Result<std::vector<std::string>> tear_down(const std::filesystem::path& folder);

 private:
  using Clock = Worker::Clock;
  // What the thread knows of one.
  struct Care {
    std::string config;   // that it was given
    Clock::time_point start_at{};
    std::chrono::seconds pause{1};   // until the next start
    std::optional<Clock::time_point> silent_since;
    std::string trouble;
  };

  std::optional<Clock::time_point> look();
  void look_at_all(const std::vector<Router>& routers);
  void end_others(const std::vector<Router>& routers);
  void look_at(const Router& router);
  Result<RouterState> talk(const Router& router, Care& care, Vty vty);
  Result<> configure(const Router& router, Care& care, Vty& vty);
  void start(const Router& router, Care& care);
  void restart_silent(const RouterProcess& process, Care& care);
  RouterStates known() const;   // by names of routers
  void note(const std::string& name, RouterState state);
  void keep(const std::string& name, const std::set<Prefix>& accepted) const;
  void read_kept();

  std::filesystem::path folder_;
  std::map<std::string, Care> cares_;   // of the thread alone

  mutable std::mutex mutex_;
  std::vector<Router> wanted_;
  // By names of routers.
  RouterStates states_;
  std::map<std::string, std::string> troubles_;
  std::function<void()> changed_;
  bool is_changed_ = false;
  Worker worker_;   // behind all that it uses
};

}   // namespace sluice
