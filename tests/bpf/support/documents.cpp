// SPDX-License-Identifier: GPL-2.0-or-later
#include "documents.hpp"

#include <fmt/format.h>

namespace sluice::test {
namespace {

constexpr auto kInterfaces = R"(
    "wan": { "zone": "internet", "hook": "xdp", "addresses": ["203.0.113.1/24", "2001:db8:f::1/64"] },
    "lan": { "zone": "lan", "hook": "xdp", "addresses": ["192.168.10.1/24", "2001:db8:10::1/64"] },
    "dmz": { "zone": "dmz", "hook": "xdp", "addresses": ["172.20.1.1/24", "2001:db8:20::1/64"] },
    "bare": { "zone": "bare", "hook": "xdp" })";

constexpr auto kPolicies = R"(
    { "name": "blocked", "from": "lan", "to": "internet", "destination": "198.51.100.66", "action": "drop" },
    { "name": "lan-out", "from": "lan", "to": ["internet", "bare"], "action": "accept" },
    { "name": "dmz-out", "from": "dmz", "to": "internet", "action": "accept" },
    { "name": "no-shell", "from": "lan", "to": "dmz", "protocol": "tcp", "ports": 22, "action": "reject" },
    { "name": "no-snmp", "from": "lan", "to": "dmz", "protocol": "udp", "ports": 161, "action": "reject" },
    { "name": "no-gre", "from": "lan", "to": "dmz", "protocol": "gre", "action": "reject" },
    { "name": "lan-dmz", "from": "lan", "to": "dmz", "action": "accept" },
    { "name": "lan-ping", "from": "lan", "to": "host", "protocol": ["icmp", "icmpv6"], "action": "accept" },
    { "name": "lan-dns", "from": "lan", "to": "host", "protocol": ["tcp", "udp"], "ports": 53, "action": "accept" },
    { "name": "lan-rest", "from": "lan", "to": "host", "action": "reject" },
    { "name": "ping", "from": "internet", "to": "host", "protocol": ["icmp", "icmpv6"], "action": "accept" },
    { "name": "web-ipv6", "from": "internet", "to": "lan", "destination": "2001:db8:10::2",
      "protocol": ["tcp", "udp", "sctp", "gre", "esp", 136], "action": "accept" },
    { "name": "ping-ipv6", "from": "internet", "to": "lan", "destination": "2001:db8:10::/64", "protocol": "icmpv6",
      "action": "accept" },
    { "name": "mail-in", "from": "internet", "to": "lan", "destination": "192.168.10.5", "action": "accept" })";

constexpr auto kMasquerade = R"(
      { "name": "out", "from": "lan", "to": ["internet", "bare"], "family": "ipv4" },
      { "name": "dmz-both", "from": "dmz", "to": "internet", "family": "both" })";

constexpr auto kStatic = R"({ "name": "mail", "outside": "203.0.113.5", "inside": "192.168.10.5" })";

constexpr auto kHomeForwards = R"(
      { "name": "web", "listen": "203.0.113.1", "protocol": "tcp", "ports": 80, "to": "192.168.10.2:8080" },
      { "name": "dns", "listen": "203.0.113.1", "protocol": "udp", "ports": 53, "to": "192.168.10.3:5353" },
      { "name": "game", "listen": "203.0.113.1", "protocol": ["tcp", "udp"], "ports": "30000-30010",
        "to": "192.168.10.2" },
      { "name": "web6", "listen": "2001:db8:f::1", "protocol": ["tcp", "udp"], "ports": 80,
        "to": "[2001:db8:20::2]:8080" },
      { "name": "nas", "listen": "203.0.113.1", "ports": 8443, "to": "192.168.10.2:443", "source": ["admins"] })";

}   // namespace

std::string document_of(const Rules& rules) {
  return fmt::format(R"({{ "version": 1,
  "interfaces": {{ {} }},
  "sets": {{ "admins": ["203.0.113.64/28", "198.51.100.7", "2001:db8:f:ad::/64"] }},
  "policies": [ {} ],
  "nat": {{ "masquerade": [ {} ], "static": [ {} ], "forwards": [ {} ] }}{} }})",
                     kInterfaces, rules.policies, rules.masquerade, rules.static_mappings, rules.forwards,
                     rules.more);
}

std::string saying(std::string document, const std::string& zone, const std::string& more) {
  return document.insert(document.find(fmt::format(R"("zone": "{}", "hook")", zone)), more + ", ");
}

std::string home_document_saying(const std::string& zone, const std::string& more) {
  return saying(home_document(), zone, more);
}

std::string office_document(const std::string& routes, const std::string& forward, const std::string& more) {
  Rules rules = home_rules();
  rules.forwards = forward;
  rules.more =
      fmt::format(R"(, "vrfs": {{ "office": {{ "table": 1100, "routes": [ {} ] }} }})", routes) + more;
  return saying(document_of(rules), "dmz", R"("vrf": "office")");
}

Rules home_rules() { return {kPolicies, kMasquerade, kStatic, kHomeForwards, ""}; }

}   // namespace sluice::test
