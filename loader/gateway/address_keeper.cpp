// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/address_keeper.hpp"

namespace sluice {

std::filesystem::path addresses_of_pins(const std::filesystem::path& pins) {
  return std::filesystem::path("/run") / pins.filename() / "vrrp";
}

Result<> expect_keepalived(const Document& document) {
  if (!document.cluster || !document.cluster->addresses) return {};
  const auto found = find_keepalived();
  if (found) return {};
  return fail("the cluster's addresses cannot move: " + found.error().message, ErrorKind::kInvalidDocument);
}

Result<> AddressKeeper::want(std::optional<VrrpPlan> plan) {
  plan_ = std::move(plan);
  std::error_code error;
  if (plan_) return process_.put(keepalived_config(*plan_, process_.health_file()));
  return std::filesystem::exists(folder_, error) ? process_.stop() : Result<>();
}

void AddressKeeper::judge(bool in_force, std::optional<std::chrono::seconds> active) {
  std::error_code error;
  if (!std::filesystem::exists(folder_, error)) return;
  (void)process_.put_health(worth_of_youth(active) - (in_force ? 0 : kWorthOfHealth));
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
