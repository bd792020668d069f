// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/address_follower.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "daemon/log.hpp"
#include "kernel/link_state.hpp"
#include "model/carrying.hpp"
#include "show/cluster_event.hpp"

namespace sluice {
namespace {

constexpr std::chrono::milliseconds kLookAtLinks{100};   // ioctls, and a file that is read
// One that cannot begin is tried seldom: each time the whole machine is looked at.
constexpr std::chrono::milliseconds kLongestPause{20'000};
constexpr std::chrono::seconds kYieldsFor{10}, kPortIsNew{60};
constexpr std::chrono::seconds kWellAfter{2};   // a link that flaps is none
constexpr const char *kActive = "active", *kStandby = "standby", *kCarrying = "carrying";

}   // namespace

void AddressFollower::look_again(const ClusterView* others) {
  if (!gateway_.addresses().plan()) {
    gateway_.addresses().judge(gateway_.current().has_value(), {});
    sessions_.look(gateway_);
    return stop();
  }
  look();
  note_wire();
  note_role(others);
  judge();
  if (std::exchange(waits_, true)) return;
  pause_ = kLookAtLinks;
  await_look();
}

void AddressFollower::look() {
  sessions_.look(gateway_);
  hindered_ = find_hindrance();
  const auto now = std::chrono::steady_clock::now();
  if (!hindered_.empty()) was_hindered_ = now;
  const bool is_hindered = was_hindered_ && now - *was_hindered_ < kWellAfter;
  if (std::exchange(gateway_.cluster().is_hindered, is_hindered) != is_hindered) hindrance_turned_();
}

void AddressFollower::stop() {
  waits_ = false;
  timer_.cancel();
  role_.clear();
  hindered_.clear();
  was_hindered_.reset();
  gateway_.cluster().is_hindered = false;
}

// Without it the addresses stay where they are, and another node takes them as well.
void AddressFollower::await_look() {
  timer_.expires_after(pause_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || !waits_) return;
    const bool runs = gateway_.addresses().runs();
    if (!runs && std::exchange(ran_, false))
      spdlog::warn("cluster: keepalived has ended, and is started again");
    ran_ |= runs;
    pause_ = runs ? kLookAtLinks : std::min(2 * pause_, kLongestPause);
    if (!runs) missing_();
    look();
    judge();
    await_look();
  });
}

void AddressFollower::yield() {
  yields_until_ = std::chrono::steady_clock::now() + kYieldsFor;
  judge();
}

void AddressFollower::judge() {
  const bool in_force = gateway_.current().has_value() && !gateway_.blocked() && !gateway_.held();
  const bool yields = std::chrono::steady_clock::now() < yields_until_;
  gateway_.addresses().judge(in_force && !yields, active_for(), sessions_.lost().size());
  gateway_.addresses().note_age(role_ == kActive ? std::optional(age()) : std::nullopt);
  gateway_.keep_announcing();
}

void AddressFollower::note_wire() {
  if (link_state(gateway_.addresses().plan()->interface) != LinkState::kRuns)
    was_down_ = std::chrono::steady_clock::now();
}

// A switch lets nothing through a port that has just come up, for up to half a minute (IEEE 802.1D). Who
// heard nobody because of that is worth no more than one that stands by: whoever is active already goes on.
std::optional<std::chrono::seconds> AddressFollower::active_for() const {
  const auto now = std::chrono::steady_clock::now();
  const bool heard_nobody = was_down_ && turned_ - *was_down_ < kPortIsNew && now - turned_ < kPortIsNew;
  if (role_ != kActive || heard_nobody) return std::nullopt;
  return age();
}

std::chrono::seconds AddressFollower::age() const {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - turned_);
}

std::string AddressFollower::find_hindrance() const {
  const VrrpPlan& plan = *gateway_.addresses().plan();
  std::vector<std::string> hindrances;
  std::vector<std::string> links = plan.links;
  links.push_back(plan.interface);
  for (const std::string& link : links) {
    const LinkState state = link_state(link);
    if (state != LinkState::kRuns)
      hindrances.push_back(link + (state == LinkState::kDown ? " is down" : " does not exist"));
  }
  for (const std::string& router : sessions_.lost()) hindrances.push_back("no session with " + router);
  return join(hindrances, ", ");
}

std::string AddressFollower::why_active(const ClusterView* others) const {
  const std::string& own = gateway_.current()->document.cluster->node;
  if (others)
    for (const auto& [name, news] : others->nodes)
      if (name != own && news.role == kActive)
        return news.hindered.empty() ? name + " is silent, or gave them away"
                                     : fmt::format("at {}: {}", name, news.hindered);
  return "no other node has the addresses";
}

void AddressFollower::note_role(const ClusterView* others) {
  const bool carries = all_carry(gateway_.current()->document.cluster);
  std::string role = !gateway_.cluster().is_standby ? kActive : carries ? kCarrying : kStandby;
  if (role == role_) return;
  const bool is_first = role_.empty(), is_active = role == kActive;
  role_ = std::move(role);
  turned_ = std::chrono::steady_clock::now();
  if (is_first) return;   // nothing has changed: the daemon has begun, or addresses move from now on
  ++gateway_.cluster().turns;
  const Cluster& cluster = *gateway_.current()->document.cluster;
  const bool yields = turned_ < std::exchange(yields_until_, {});
  std::string why = !hindered_.empty() ? hindered_
                    : yields           ? "it gave the addresses to another node"
                                       : "another node has the addresses";
  if (is_active) why = why_active(others);
  log_entries({entry_of(ClusterTurn{cluster.name, cluster.node, is_active, std::move(why)},
                        std::chrono::system_clock::now())});
}

}   // namespace sluice
