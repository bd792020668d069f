// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/address_keeper.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "frr/cluster_bgp_config.hpp"
#include "frr/cluster_router.hpp"
#include "frr/installation.hpp"

namespace sluice {

std::filesystem::path addresses_of_pins(const std::filesystem::path& pins) {
  return std::filesystem::path("/run") / pins.filename() / "vrrp";
}

Result<> expect_keepalived(const Document& document) {
  if (!document.cluster || !document.cluster->addresses) return {};
  const auto refuse = [](const Error& error) -> Result<> {
    return fail("the cluster's addresses cannot move: " + error.message, ErrorKind::kInvalidDocument);
  };
  if (const auto found = find_keepalived(); !found) return refuse(found.error());
  if (document.cluster->addresses->asn == 0) return {};
  if (const auto found = find_frr_program("bgpd"); !found) return refuse(found.error());
  return {};
}

Result<> AddressKeeper::want(std::optional<VrrpPlan> plan) {
  plan_ = std::move(plan);
  std::error_code error;
  if (plan_) return process_.put(keepalived_config(*plan_, process_.health_file()));
  return std::filesystem::exists(folder_, error) ? process_.stop() : Result<>();
}

void AddressKeeper::expect_stall(bool is_standby) const {
  const auto told = is_standby ? process_.pause() : process_.be_patient();
  if (!told)
    spdlog::warn("cluster: prepare keepalived for programs that are loaded: {}", told.error().message);
}

// Without routers a node is worth more than one whose document is not in force.
void AddressKeeper::judge(bool in_force, std::optional<std::chrono::seconds> active, size_t lost) {
  constexpr size_t kMostLost = 2;
  static_assert(kMostLost * kWorthOfLink < kWorthOfHealth);
  std::error_code error;
  if (!std::filesystem::exists(folder_, error)) return;
  (void)process_.put_health(worth_of_youth(active) - (in_force ? 0 : kWorthOfHealth) -
                            static_cast<int>(std::min(lost, kMostLost)) * kWorthOfLink);
}

uint32_t AddressKeeper::metric(const ClusterFacts& facts) const {
  if (plan_ && plan_->carriers > 0) return metric_of_carrier(facts, plan_->carriers);
  return facts.is_standby ? kMetricOfStandby : kMostMetric - static_cast<uint32_t>(worth_of_youth(age_));
}

Result<std::vector<std::string>> AddressKeeper::tear_down() {
  std::vector<std::string> ended;
  std::error_code error;
  if (!std::filesystem::exists(folder_, error)) return ended;
  TRY(want({}));
  ended.emplace_back("give the cluster's addresses to another node");
  std::filesystem::remove(folder_.parent_path(), error);   // if nothing else is in it
  return ended;
}

}   // namespace sluice
