// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's routing tables, asked as the packet path asks them: that of the main VRF by the rules, that of
// another one alone.
#pragma once

#include "explain/explain.hpp"
#include "kernel/netlink/routes.hpp"

namespace sluice {

class KernelRoutes final : public Routes {
 public:
  // Both outlive it.
  KernelRoutes(RtnlSocket& rtnl, const Observed& observed) : rtnl_(rtnl), observed_(observed) {}
  Result<RouteAnswer> find(uint16_t vrf, const IpAddress& destination) override;

 private:
  bool throws(uint32_t table, const IpAddress& destination) const;
  bool is_of(uint16_t vrf, uint32_t table) const;

  RtnlSocket& rtnl_;
  const Observed& observed_;
};

}   // namespace sluice
