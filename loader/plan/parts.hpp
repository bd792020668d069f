// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of a plan: each adds its steps, and says what it would have and what of the machine it looks at.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "compile/common/numbered_rules.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"
#include "model/routing.hpp"
#include "plan/plan_links.hpp"
#include "plan/step.hpp"

namespace sluice {

class SysctlSteps;

// With the engine; what that cannot do is refused.
Result<Plan> begin_plan(const Document& document, const Observed& observed);

// Other tables take the place of those that are there: the programs are exchanged device by device.
bool exchanges_tables(const Document& document, const Observed& observed);

// Devices that sluice makes itself: made, changed, filled and removed as the document says.

// The devices that the document wants made, those below before those above them. VLANs that the kernel cannot
// make are made by their tags. Devices of VRFs are not among them.
std::vector<MadeLink> wanted_links(const Document& document, const Observed& observed);

// Network namespaces, before the pairs that lead into them. One of somebody else's in the way is refused, or
// told where the document is in force.
Result<> plan_spaces(const Document& document, const Observed& observed, Plan& plan);
void plan_space_removals(const Document& document, const Observed& observed,
                         Plan& plan);   // after their pairs

// Makes and changes, puts members into bridges, and takes out of bridges and VRFs what leaves them. What
// cannot be had on this machine is refused; for a document that is in force already it goes to plan.degraded.
Result<> plan_made_links(const Document& document, const Observed& observed, Plan& plan);

// How many MAC addresses may speak by ports of bridges. A kernel that cannot count them refuses the document;
// one that is in force already goes on without.
Result<> plan_mac_limits(const Document& document, const Observed& observed, Plan& plan);
MacLimits wanted_mac_limits(const Document& document);

// What the document no longer wants; the last of all steps.
void plan_link_removals(const Document& document, const Observed& observed, Plan& plan);
// Before anything else: tunnels that go have no peers from then on. Their devices are removed last, and what
// came out of them meanwhile would be judged by nobody.
void plan_silence(const Document& document, const Observed& observed, Plan& plan);

// The kernel's devices of VRFs, where it makes them (docs/decisions/0030-vrf-devices.md): made, changed, and
// filled with the interfaces of their VRF. What leaves the document is let go by plan_made_links().

// The devices that the document would have; none where the kernel makes none.
std::vector<MadeLink> wanted_vrf_devices(const Document& document, const Observed& observed);

// Nothing of it is refused: a VRF works by rules as well, and then plan.notes says so. Answers the numbers of
// the interfaces that are moved, because the kernel takes away all routes through one that it moves.
std::set<uint32_t> plan_vrf_devices(const Document& document, const Observed& observed, Plan& plan);

// What is inside of the devices that sluice made: where VXLANs send to, and which VLANs a port carries.

// For devices that are there already; those that the plan makes are filled in the next round.
void plan_link_contents(const Document& document, const Observed& observed, Plan& plan);

// What encapsulation adds to a packet of the inside: outer IP, UDP, VXLAN and the inner Ethernet header.
uint32_t vxlan_overhead(const IpAddress& local);

// Settings below /proc/sys that the kernel must have where sluice carries the traffic, beside forwarding: one
// table says which, of which interfaces, and why. They are remembered as found, put back by a cleanup, and
// given back as soon as nothing wants them any more.

// "net/ipv4/conf/lan/forwarding"; the device may be "all" or "default".
std::string setting_path(std::string_view family, std::string_view device, std::string_view setting);

void plan_link_settings(const Document& document, const Observed& observed, SysctlSteps& sysctls);

// All that the table can speak of, on these devices.
std::vector<std::string> link_setting_paths(const std::map<std::string, ObservedLink>& links);

// Addresses of interfaces: added, and taken away when only sluice wanted them.

// Before the rules: an address in a VRF or a network is the gateway's own for everybody as soon as no rule
// knows its interface any more.
void plan_leaving_addresses(const Document& document, const Observed& observed,
                            const std::vector<PlannedLink>& links, Plan& plan);
void plan_new_addresses(const Observed& observed, const PlannedLink& link, Plan& plan);
void plan_old_addresses(const Document& document, const Observed& observed,
                        const std::vector<PlannedLink>& links, Plan& plan);

// The settings under which addresses of a cluster come and go.
void plan_moving_settings(const Document& document, const Observed& observed, Plan& plan);
std::vector<std::string> moving_sysctl_paths(const std::map<std::string, ObservedLink>& links);

// The kernel's routes and rules for VRFs (docs/decisions/0018-vrfs.md): which table is asked for whose
// packets, and what stands in it.

// All of it, for the links that are there; without VRFs at most the rule that every machine begins with.
Routing wanted_routing(const Document& document, const Observed& observed,
                       const std::vector<PlannedLink>& links, EngineKind engine);

// What is missing, and what is too much.
void plan_new_routing(const Routing& wanted, const Routing& there, Plan& plan);
void plan_old_routing(const Routing& wanted, const Routing& there, Plan& plan);

// Routes that cannot be laid now: "route to 10.99.0.0/16 of VRF office: 10.20.0.254 is in none of its
// networks".
std::vector<std::string> routes_without_device(const Document& document,
                                               const std::vector<PlannedLink>& links);

// The settings under which packets for the gateway itself, and its answers, keep to their VRF.
void plan_vrf_settings(const Document& document, const Observed& observed, Plan& plan);
std::vector<std::string> vrf_sysctl_paths(const std::map<std::string, ObservedLink>& links);

// Queues at interfaces with a rate (docs/decisions/0022-bandwidth.md): hierarchical token buckets of the
// kernel, into which both engines sort what leaves by the VRF that it came in by.

// Fails where somebody else's queue discipline is in the way.
Result<> plan_queues(const Document& document, const Observed& observed, Plan& plan);

// The kernel's own forwarding stays off where eBPF carries the traffic
// (docs/decisions/0003-kernel-forwarding-off.md) and is on between managed devices where nftables does.

// Each engine leaves a record of one of them when it first switches IPv6's: "all" is what was found until
// then.
inline constexpr const char* kForwardingRecords[] = {"net/ipv6/conf/all/forwarding",
                                                     "net/ipv6/conf/lo/forwarding"};

// With the settings of links, which switching off would undo.
void plan_route_lookups(SysctlSteps& sysctls);
void plan_forwarding_off(const Document& document, const Observed& observed, SysctlSteps& sysctls);
void plan_forwarding_on(const Document& document, const Observed& observed, SysctlSteps& sysctls);

// Connection tracking as the nftables engine needs it: it counts; it leaves checksums to the receivers, as
// routers do (RFC 1812 section 4.2.2), because it knows no UDP-Lite; and its timeouts are the document's also
// for flows that were taken over, which no `ct timeout` object can reach.
void plan_conntrack(const Document& document, const Observed& observed, Plan& plan);

// What it sets: the paths below /proc/sys.
std::vector<std::string> conntrack_sysctl_paths();

}   // namespace sluice
