// SPDX-License-Identifier: GPL-2.0-or-later

#include <fmt/format.h>

#include <algorithm>

#include "compile/common/uplinks.hpp"
#include "plan/parts.hpp"

namespace sluice {
namespace {

// Writing "all" writes every device and "default", lo included: what follows is planned as if it had
// happened.
class Sysctls {
 public:
  Sysctls(SysctlValues values, Plan& plan) : values_(std::move(values)), plan_(plan) {}

  std::string get(const std::string& path) const {
    const auto at = values_.find(path);
    return at == values_.end() ? "" : at->second;
  }

  void set(const std::string& path, const std::string& value) {
    const std::string previous = get(path);
    if (previous.empty() || previous == value) return;   // absent: this kernel has no such family
    plan_.steps.push_back(step::SetSysctl{path, value, previous});
    values_[path] = value;
  }

  void set_everywhere(const std::string& tree, const std::string& value) {
    const std::string all = tree + "/all/forwarding";
    if (get(all) == value || get(all).empty()) return;
    const std::string redirects = tree + "/all/accept_redirects";
    remember(redirects);
    set(all, value);
    if (values_.contains(redirects)) values_[redirects] = value == "1" ? "0" : "1";
    for (auto& [path, now] : values_)
      if (path.starts_with(tree + "/") && path.ends_with("/forwarding")) now = value;
  }

  SysctlValues& values() { return values_; }

 private:
  // With IPv4's forwarding the kernel writes whether redirects are believed: what that was before stands in
  // front of it, so that it is put back after it.
  void remember(const std::string& path) {
    if (const std::string now = get(path); !now.empty())
      plan_.steps.push_back(step::SetSysctl{path, "0", now});
  }

  SysctlValues values_;
  Plan& plan_;
};

std::string forwarding_of(std::string_view family, std::string_view device) {
  return fmt::format("net/{}/conf/{}/forwarding", family, device);
}

void switch_off_ipv4(const Observed& observed, Sysctls& sysctls) {
  sysctls.set_everywhere("net/ipv4/conf", "0");
  sysctls.set(forwarding_of("ipv4", "default"), "0");
  for (const auto& [name, link] : observed.links)
    if (name != "lo") sysctls.set(forwarding_of("ipv4", name), "0");
  sysctls.set(forwarding_of("ipv4", "lo"), "1");
}

// In IPv6 "all" alone decides whether the kernel forwards; a device's own value says whether it
// behaves as a router there (answers with the router flag, takes no router advertisements). Devices
// that sluice addresses are routers; others keep what they had.
void switch_off_ipv6(const Document& document, const Observed& observed, Sysctls& sysctls) {
  sysctls.set_everywhere("net/ipv6/conf", "0");
  for (const auto& [name, link] : observed.links) {
    const std::string path = forwarding_of("ipv6", name);
    const auto found = observed.sysctls.find(path);
    const auto addressed = [&](const Interface& i) { return i.name == name && !i.addresses.empty(); };
    const bool router = std::any_of(document.interfaces.begin(), document.interfaces.end(), addressed);
    if (name != "lo" && (router || (found != observed.sysctls.end() && found->second == "1")))
      sysctls.set(path, "1");
  }
  sysctls.set(forwarding_of("ipv6", "lo"), "1");
}

// A VRF's device is where the kernel takes packets for having come in by, which came in by one of its
// interfaces.
bool is_managed(const Document& document, const std::string& name) {
  return std::any_of(document.interfaces.begin(), document.interfaces.end(),
                     [&](const Interface& i) { return i.name == name; }) ||
         std::any_of(document.vrfs.begin(), document.vrfs.end(),
                     [&](const Vrf& vrf) { return vrf.name == name; });
}

// IPv4 asks the device that a packet came in by.
void switch_on_ipv4(const Document& document, const Observed& observed, Sysctls& sysctls) {
  for (const auto& [name, link] : observed.links)
    if (is_managed(document, name)) sysctls.set(forwarding_of("ipv4", name), "1");
}

// A router takes advertisements when it is told so by 2.
void go_on_with_advertisements(const Document& document, const Observed& observed, Sysctls& sysctls) {
  const std::set<std::string> uplinks = uplink_zones(document, observed);
  for (const Interface& interface : document.interfaces) {
    const std::string path = forwarding_of("ipv6", interface.name);
    const std::string accept = setting_path("ipv6", interface.name, "accept_ra");
    const auto original = observed.original_sysctls.find(path);
    const bool was_host =
        (original == observed.original_sysctls.end() ? sysctls.get(path) : original->second) == "0";
    if (uplinks.contains(interface.zone) && was_host && sysctls.get(accept) == "1") sysctls.set(accept, "2");
  }
}

// IPv6 asks "all", and writing that makes every device a router. An uplink that takes router advertisements
// goes on with it; the devices that sluice does not address stay what they were.
void switch_on_ipv6(const Document& document, const Observed& observed, Sysctls& sysctls) {
  go_on_with_advertisements(document, observed, sysctls);
  std::map<std::string, std::string> before;
  for (const auto& [name, link] : observed.links)
    before[forwarding_of("ipv6", name)] = sysctls.get(forwarding_of("ipv6", name));
  sysctls.set_everywhere("net/ipv6/conf", "1");
  for (const auto& [path, value] : before)
    if (value == "0" && !is_managed(document, path.substr(14, path.size() - 14 - 11))) sysctls.set(path, "0");
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
void plan_route_lookups(SysctlValues& now, Plan& plan) {
  Sysctls sysctls(std::move(now), plan);
  sysctls.set(forwarding_of("ipv4", "lo"), "1");
  sysctls.set(forwarding_of("ipv6", "lo"), "1");
  now = std::move(sysctls.values());
}

void plan_forwarding_off(const Document& document, const Observed& observed, SysctlValues now, Plan& plan) {
  Sysctls sysctls(std::move(now), plan);
  switch_off_ipv4(observed, sysctls);
  switch_off_ipv6(document, observed, sysctls);
  plan_link_settings(document, observed, sysctls.values(), plan);   // what switching off would undo
}

void plan_forwarding_on(const Document& document, const Observed& observed, SysctlValues now, Plan& plan) {
  Sysctls sysctls(std::move(now), plan);
  switch_on_ipv4(document, observed, sysctls);
  switch_on_ipv6(document, observed, sysctls);
}

void plan_conntrack(const Document& document, const Observed& observed, Plan& plan) {
  Sysctls sysctls(observed.sysctls, plan);
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
