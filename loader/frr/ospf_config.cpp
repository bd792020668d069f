// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/ospf_config.hpp"

#include <fmt/format.h>

#include <iterator>

namespace sluice {
namespace {

constexpr std::string_view kFrame = R"(log syslog warnings
interface {0}
 ip ospf area {1}
 ip ospf network point-to-point
 ip ospf mtu-ignore
exit
router ospf
 ospf router-id {2}
 redistribute static
exit
)";

}   // namespace

// All daemons read all of it, and each takes what it knows; staticd finds nothing behind the section of an
// interface that it cannot read. The first line is what the command line of the process says. What the
// gateway announces are static routes in the namespace of these daemons, where nothing is sent.
std::string ospf_config(const Router& router) {
  const std::string own = router.address->to_string();
  std::string text = fmt::format("! {} from {} at {} to {}\n", router.name, own, router.device,
                                 router.neighbours.front().address->to_string());
  for (const Prefix& prefix : router.announced)
    if (prefix.address.is_ipv4())
      fmt::format_to(std::back_inserter(text), "ip route {} blackhole\n", prefix.to_string());
  fmt::format_to(std::back_inserter(text), kFrame, kOspfDevice, router.area, own);
  return text;
}

}   // namespace sluice
