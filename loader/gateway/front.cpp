// SPDX-License-Identifier: GPL-2.0-or-later
// What the gateway has to do with the front end: what it is to be, by the document in force and the health of
// backends.
#include "gateway/gateway.hpp"
#include "kernel/netlink/routes.hpp"
#include "kernel/observe.hpp"
#include "maps/layout.h"
#include "model/routing.hpp"

namespace sluice {
namespace {

constexpr std::chrono::seconds kFrontPatience{8};

std::string device_called(const Observed& seen, uint32_t index) {
  for (const auto& [name, link] : seen.links)
    if (link.index == index) return name;
  return "";
}

// A socket has no way into the tables of a VRF but by a device of it.
Result<> find_devices(RtnlSocket& rtnl, const Document& document, FrontPlan& plan) {
  RouteCache routes(rtnl);
  std::optional<Observed> seen;
  for (FrontPool& pool : plan.pools)
    for (FrontServer& server : pool.servers) {
      if (server.vrf.empty()) continue;
      if (!seen) seen = TRY(observe_network());
      const uint32_t mark = SL_VRF_MARK(vrf_number(document, server.vrf));
      const auto route = TRY(routes.find(server.address.address, mark));
      if (route) server.device = device_called(*seen, route->ifindex);
    }
  return {};
}

}   // namespace

// What stands in its way is told with an apply, which awaits that for a while.
void Gateway::keep_front(bool await) {
  FrontPlan plan = current_ ? front_plan(current_->document) : FrontPlan{};
  // Without a route a backend is not reached, and the next look finds it.
  if (current_) (void)find_devices(rtnl_, current_->document, plan);
  front_.want(plan);
  certificates_.want(plan);
  if (await) front_.await_look(kFrontPatience);
}

}   // namespace sluice
