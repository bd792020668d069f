// SPDX-License-Identifier: GPL-2.0-or-later

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "compile/common/uplinks.hpp"
#include "plan/parts.hpp"
#include "plan/sysctl_steps.hpp"

namespace sluice {
namespace {

std::string forwarding_of(std::string_view family, std::string_view device) {
  return fmt::format("net/{}/conf/{}/forwarding", family, device);
}

void switch_off_ipv4(const Observed& observed, SysctlSteps& sysctls) {
  sysctls.set_forwarding("net/ipv4/conf", "0");
  sysctls.set(forwarding_of("ipv4", "default"), "0");
  for (const auto& [name, link] : observed.links)
    if (name != "lo") sysctls.set(link, {"ipv4", "forwarding"}, "0");
  sysctls.set(forwarding_of("ipv4", "lo"), "1");
}

bool forwards_ipv6(const Observed& observed) {
  const auto all = observed.sysctls.find(forwarding_of("ipv6", "all"));
  return all != observed.sysctls.end() && all->second == "1";
}

// By sluice itself under nftables, or by another program since sluice came: "all" makes every device a
// router.
bool is_written_over(const Observed& observed) {
  const auto is_recorded = [&](const char* path) { return observed.original_sysctls.contains(path); };
  return forwards_ipv6(observed) && std::ranges::any_of(kForwardingRecords, is_recorded);
}

// Before sluice came. Who has no record then was a host (remember_devices() in gateway/records.hpp).
bool was_router(const std::string& device, const Observed& observed) {
  const std::string path = forwarding_of("ipv6", device);
  if (const auto original = observed.original_sysctls.find(path); original != observed.original_sysctls.end())
    return original->second == "1";
  const auto now = observed.sysctls.find(path);
  return now != observed.sysctls.end() && now->second == "1" && !is_written_over(observed);
}

// Of an interface of the document that it gives no addresses of IPv6.
void remember_router(const ObservedLink& link, const Observed& observed, SysctlSteps& sysctls) {
  if (!sysctls.is(link, {"ipv6", "forwarding"}, "1")) return;
  const std::string path = forwarding_of("ipv6", link.name);
  if (!observed.original_sysctls.contains(path)) sysctls.remember(path);
}

// A router takes advertisements when it is told so by 2. Whoever becomes a router, the kernel forgets the
// default routes that advertisements told of every other device.
void go_on_with_advertisements(const Document& document, const Observed& observed, SysctlSteps& sysctls) {
  const std::set<std::string> uplinks = uplink_zones(document, observed);
  for (const Interface& interface : document.interfaces) {
    if (!uplinks.contains(interface.zone)) continue;
    const std::string accept = setting_path("ipv6", interface.name, "accept_ra");
    if (sysctls.get(accept) == "1" && !was_router(interface.name, observed)) sysctls.set(accept, "2");
  }
}

bool has_ipv6(const Interface& interface) {
  return std::ranges::any_of(interface.addresses,
                             [](const InterfaceAddress& own) { return !own.address.is_ipv4(); });
}

// In IPv6 "all" alone decides whether the kernel forwards; a device's own value says whether it
// behaves as a router there (answers with the router flag, asks for no router). Devices that sluice
// gives addresses of IPv6 are routers; others are what they were.
void switch_off_ipv6(const Document& document, const Observed& observed, SysctlSteps& sysctls) {
  go_on_with_advertisements(document, observed, sysctls);
  sysctls.set_forwarding("net/ipv6/conf", "0");
  std::map<std::string_view, bool> is_addressed;   // the document's
  for (const Interface& interface : document.interfaces) is_addressed[interface.name] = has_ipv6(interface);
  for (const auto& [name, link] : observed.links) {
    if (name == "lo") continue;
    const auto own = is_addressed.find(name);
    const bool addressed = own != is_addressed.end() && own->second;
    if (addressed || (forwards_ipv6(observed) && was_router(name, observed)))
      sysctls.set(link, {"ipv6", "forwarding"}, "1");
    else if (own != is_addressed.end())
      remember_router(link, observed, sysctls);
  }
  sysctls.set(forwarding_of("ipv6", "lo"), "1");
}

// A VRF's device is where the kernel takes packets for having come in by, which came in by one of its
// interfaces.
std::set<std::string_view> managed(const Document& document) {
  std::set<std::string_view> names;
  for (const Interface& interface : document.interfaces) names.insert(interface.name);
  for (const Vrf& vrf : document.vrfs) names.insert(vrf.name);
  return names;
}

// IPv4 asks the device that a packet came in by.
void switch_on_ipv4(const Document& document, const Observed& observed, SysctlSteps& sysctls) {
  const auto names = managed(document);
  for (const auto& [name, link] : observed.links)
    if (names.contains(name)) sysctls.set(link, {"ipv4", "forwarding"}, "1");
}

// IPv6 asks "all", and writing that makes every device a router. An uplink that takes router advertisements
// goes on with it; the devices that sluice does not address stay what they were.
void switch_on_ipv6(const Document& document, const Observed& observed, SysctlSteps& sysctls) {
  go_on_with_advertisements(document, observed, sysctls);
  const auto names = managed(document);
  std::vector<std::string> hosts;   // as the kernel has them
  for (const auto& [name, link] : observed.links)
    if (const std::string path = forwarding_of("ipv6", name);
        !names.contains(name) && sysctls.get(path) == "0")
      hosts.push_back(path);
  sysctls.set_forwarding("net/ipv6/conf", "1");
  for (const std::string& path : hosts) sysctls.set(path, "0");
}

using Setting = std::pair<std::string, std::chrono::seconds>;

std::vector<Setting> conntrack_timeouts(const Timeouts& t) {
  std::vector<Setting> settings{{"tcp_timeout_established", t.tcp_established},
                                {"tcp_timeout_unacknowledged", t.tcp_established},
                                {"tcp_timeout_max_retrans", t.tcp_established},
                                {"udp_timeout", t.udp_one_way},
                                {"udp_timeout_stream", t.udp},
                                {"icmp_timeout", t.icmp},
                                {"icmpv6_timeout", t.icmp},
                                {"generic_timeout", t.other}};
  for (const char* state :
       {"syn_sent", "syn_recv", "fin_wait", "close_wait", "last_ack", "time_wait", "close"})
    settings.emplace_back(std::string("tcp_timeout_") + state, t.tcp_transitory);
  for (const char* kind : {"gre_timeout", "gre_timeout_stream"}) settings.emplace_back(kind, t.other);
  for (const char* state : {"closed", "cookie_wait", "cookie_echoed", "established", "shutdown_sent",
                            "shutdown_recd", "shutdown_ack_sent", "heartbeat_sent"})
    settings.emplace_back(std::string("sctp_timeout_") + state, t.other);
  return settings;
}

std::string conntrack(const std::string& setting) { return "net/netfilter/nf_conntrack_" + setting; }

}   // namespace

// The packet path asks for routes as if packets came in by lo. While another engine carries, the kernel need
// not answer that yet, and a flow whose way back cannot be told would end.
void plan_route_lookups(SysctlSteps& sysctls) {
  sysctls.set(forwarding_of("ipv4", "lo"), "1");
  sysctls.set(forwarding_of("ipv6", "lo"), "1");
}

void plan_forwarding_off(const Document& document, const Observed& observed, SysctlSteps& sysctls) {
  switch_off_ipv4(observed, sysctls);
  switch_off_ipv6(document, observed, sysctls);
  plan_link_settings(document, observed, sysctls);          // what switching off would undo
  go_on_with_advertisements(document, observed, sysctls);   // whose setting has just been given back
}

void plan_forwarding_on(const Document& document, const Observed& observed, SysctlSteps& sysctls) {
  switch_on_ipv4(document, observed, sysctls);
  switch_on_ipv6(document, observed, sysctls);
}

void plan_conntrack(const Document& document, const Observed& observed, Plan& plan) {
  SysctlSteps sysctls(observed.sysctls, plan);
  sysctls.set(conntrack("acct"), "1");
  sysctls.set(conntrack("checksum"), "0");
  for (const auto& [setting, value] : conntrack_timeouts(document.timeouts))
    sysctls.set(conntrack(setting), std::to_string(value.count()));
  // Who brings a cookie comes without a SYN.
  if (std::ranges::any_of(document.forwards, &Forward::syn_cookies)) sysctls.set(conntrack("tcp_loose"), "1");
}

std::vector<std::string> conntrack_sysctl_paths() {
  std::vector<std::string> paths{conntrack("acct"), conntrack("checksum"), conntrack("tcp_loose")};
  for (const auto& [setting, value] : conntrack_timeouts({})) paths.push_back(conntrack(setting));
  return paths;
}

}   // namespace sluice
