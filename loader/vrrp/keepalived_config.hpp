// SPDX-License-Identifier: GPL-2.0-or-later
// Which addresses the active node of a cluster has, and the configuration of keepalived for that. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/cluster.hpp"

namespace sluice {

struct VrrpPlan {
  std::string router;                // this node's name
  std::string interface;             // that nodes hear each other by
  uint8_t id = 0;                    // of the virtual router
  InterfaceAddress router_address;   // the first of it, at `interface`
  std::optional<IpAddress> own;      // that it speaks from, to `peers`; none: by multicast
  std::vector<IpAddress> peers;
  std::vector<std::string> links;        // others that addresses are at; also those that are not there
  std::vector<MovedAddress> addresses;   // all of them, at links that are there
  size_t carriers = 0;                   // nodes, where all of them carry; 0: the active one alone
  bool operator==(const VrrpPlan&) const = default;
};

// What a node is worth where nothing is wrong. An equal one does not take over from another: who is active
// stays active.
inline constexpr int kVrrpPriority = 150;
inline constexpr int kWorthOfLink = 20;     // less for each link that is down, and each router that is lost
inline constexpr int kWorthOfHealth = 60;   // less where the document is not in force
// Of two active nodes that did not hear each other for a while, the one that became it later goes on: it is
// where clients went. More than any other one has who became it twice as long ago or earlier; always less
// than a link.
int worth_of_youth(std::optional<std::chrono::seconds> active);

// `health`: the file with what is to be added to the priority.
std::string keepalived_config(const VrrpPlan& plan, const std::filesystem::path& health);

// The same for a node that may be silent for three seconds.
std::string patient_config(std::string config);

}   // namespace sluice
