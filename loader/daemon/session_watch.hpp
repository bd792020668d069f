// SPDX-License-Identifier: GPL-2.0-or-later
// Sessions of this node with the routers around its cluster: how they are, and that one came or went.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "gateway/gateway.hpp"

namespace sluice {

class SessionWatch {
 public:
  // What is known of them now; told to the gateway, and to the journal where it is another one.
  void look(Gateway& gateway);
  void forget() { known_.clear(); }
  // Routers that were there, and have not been for a moment.
  const std::vector<std::string>& lost() const { return lost_; }

 private:
  struct Known {
    bool was_there = false, is_there = false;
    std::chrono::steady_clock::time_point since{};
  };
  void note(const Cluster& cluster, const RouterSession& session, Known& known);

  std::map<std::string, Known> known_;   // by address
  std::vector<std::string> lost_;
};

}   // namespace sluice
