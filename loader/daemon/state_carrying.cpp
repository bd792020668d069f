// SPDX-License-Identifier: GPL-2.0-or-later
// What a node does besides where all of them carry: it knows who leads, and how many are a good way.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "daemon/state_follower.hpp"
#include "model/carrying.hpp"

namespace sluice {

bool StateFollower::all_carry() const {
  const auto& current = gateway_.current();
  return current && sluice::all_carry(current->document.cluster) && current->document.cluster->sync;
}

// Who tells of flows leads; of several the one that came last, because it takes a while until one that is
// gone is known to be. Of two nodes it is the other one, also before it says so.
std::optional<IpAddress> StateFollower::leader() const {
  if (!all_carry()) return std::nullopt;
  const std::vector<IpAddress>& all = gateway_.current()->document.cluster->sync->peers;
  if (all.size() == 1) return all.front();
  std::optional<IpAddress> last;
  uint64_t came = 0;
  for (const auto& [address, peer] : peers_)
    if (peer.news.hears_from && peer.came > came) {
      last = address;
      came = peer.came;
    }
  return last;
}

void StateFollower::lead() {
  std::optional<Lead> wanted;
  if (all_carry()) wanted = Lead{.is_here = active_, .leader = active_ ? std::nullopt : leader()};
  if (const auto put = gateway_.engine().put_lead(wanted); !put)
    spdlog::error("cluster: say which node begins flows: {}", put.error().message);
}

bool StateFollower::hears_leader() const {
  const auto address = leader();
  const auto at = address ? peers_.find(*address) : peers_.end();
  return at != peers_.end() && at->second.news.hears_from && !at->second.news.quiet;
}

// Who led is missed before VRRP says that another one leads.
Carriers StateFollower::carriers_as_told() const {
  Carriers now = receiver_.carriers().value_or(Carriers{});
  if (now.heard == 0 || hears_leader()) return now;
  --now.heard;
  if (now.good > 0) --now.good;
  return now;
}

// One that has not been told of all flows yet does not carry.
Carriers StateFollower::carriers() const {
  if (!all_carry()) return {};
  if (!active_) return receiver_.has_all() ? carriers_as_told() : Carriers{};
  Carriers now{.good = gateway_.cluster().is_hindered ? 0U : 1U, .heard = 1};
  for (const auto& [address, peer] : peers_) {
    if (!peer.news.sends_to || peer.news.quiet || !peer.has) continue;
    ++now.heard;
    if (!peer.is_hindered) ++now.good;
  }
  return now;
}

// Routers are told at once: until then they send to who is gone.
void StateFollower::tell_carriers() {
  const Carriers now = carriers();
  ClusterFacts& facts = gateway_.cluster();
  if (Carriers{facts.carriers, facts.heard} != now) {
    facts.carriers = now.good;
    facts.heard = now.heard;
    gateway_.keep_announcing();
  }
  if (!active_ || !all_carry() || std::exchange(told_carriers_, now) == now) return;
  tells_carriers_ = true;
  link_.tell();
}

void StateFollower::tell_hindrance() {
  if (active_ || !all_carry()) return tell_carriers();
  for (const auto& [address, peer] : peers_)
    if (peer.news.hears_from && answers_.size() <= kMostAnswers)
      answers_.push_back(encode_sync_back(address, gateway_.cluster().is_hindered ? kIsHindered : kIsWell));
  link_.tell();
}

bool StateFollower::heed_hindrance(const SyncAnswer& answer) {
  if (answer.payload != kIsHindered && answer.payload != kIsWell) return false;
  peers_[answer.from].is_hindered = answer.payload == kIsHindered;
  tell_carriers();
  return true;
}

void StateFollower::tell_uses(const std::string& piece) {
  const auto to = leader();
  if (!to || answers_.size() > kMostAnswers) return;
  answers_.push_back(encode_sync_back(*to, piece));
  link_.tell();
}

}   // namespace sluice
