// SPDX-License-Identifier: GPL-2.0-or-later
#include "random_policies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace sluice::test {
namespace {

constexpr const char* kSources[] = {"10.64.0.0/10",    "10.64.0.0/16",    "10.64.0.0/24",  "10.64.0.1",
                                    "10.64.0.2",       "10.65.0.0/16",    "0.0.0.0/0",     "::/0",
                                    "2001:db8:a::/48", "2001:db8:a::/64", "2001:db8:a::1", "2000::/3"};
constexpr const char* kDestinations[] = {"198.51.100.0/24",   "198.51.100.0/25",    "198.51.100.7",
                                         "198.51.100.128/25", "0.0.0.0/0",          "::/0",
                                         "2001:db8:99::/48",  "2001:db8:99:1::/64", "2001:db8:99::7"};
constexpr const char* kPorts[] = {
    "53", "[53, 80]", "\"50-60\"", "\"1-65535\"", "\"79-443\"", "[443, \"8000-8010\"]", "\"1024-65535\""};

const std::string kPortProtocols[] = {R"("tcp")", R"("udp")", R"(["tcp", "udp"])", R"("sctp")",
                                      R"([136, "udp"])"};
const std::string kOtherProtocols[] = {R"("icmp")", R"("icmpv6")", R"(["icmp", "gre"])", R"("esp")",
                                       R"(["tcp", "icmpv6"])"};

bool speaks(const AddressMatch& match, const IpAddress& address) {
  return match.any() ||
         std::ranges::any_of(match.prefixes, [&](const Prefix& p) { return p.contains(address); });
}

bool speaks(const Policy& policy, const View& packet) {
  const bool protocol = policy.protocols.empty() || std::ranges::count(policy.protocols, packet.protocol);
  const bool port = policy.ports.empty() || std::ranges::any_of(policy.ports, [&](const PortRange& r) {
                      return r.contains(packet.dport);
                    });
  return protocol && port && speaks(policy.source, IpAddress::parse(packet.src).value()) &&
         speaks(policy.destination, IpAddress::parse(packet.dst).value());
}

}   // namespace

std::string RandomPolicies::address_list(const char* key, bool source) {
  if (below(3) == 0) return "";
  std::set<std::string> members;   // a document may not say the same one twice
  for (uint32_t i = 0, n = 1 + below(3); i < n; ++i)
    members.insert(source ? one_of(kSources) : one_of(kDestinations));
  std::string list;
  for (const std::string& member : members)
    list += fmt::format(R"({}"{}")", list.empty() ? "" : ", ", member);
  return fmt::format(R"(, "{}": [{}])", key, list);
}

std::string RandomPolicies::service() {
  switch (below(4)) {
    case 0: return "";
    case 1: return fmt::format(R"(, "protocol": {})", one_of(kOtherProtocols));
    case 2: return fmt::format(R"(, "protocol": {})", one_of(kPortProtocols));
    default: return fmt::format(R"(, "protocol": {}, "ports": {})", one_of(kPortProtocols), one_of(kPorts));
  }
}

std::string RandomPolicies::policy(int number) {
  constexpr const char* kActions[] = {"accept", "accept", "drop", "reject"};
  return fmt::format(R"({{ "name": "p{}", "from": "lan", "to": "internet"{}{}{}, "action": "{}" }})", number,
                     address_list("source", true), address_list("destination", false), service(),
                     one_of(kActions));
}

std::string RandomPolicies::policies() {
  std::string all;
  for (int i = 0, n = 1 + static_cast<int>(below(40)); i < n; ++i) all += (i ? ",\n" : "") + policy(i);
  return all;
}

Layers RandomPolicies::packet() {
  constexpr const char* kFrom4[] = {"10.64.0.1", "10.64.0.2", "10.64.7.1", "10.65.0.1", "10.127.9.9"};
  constexpr const char* kTo4[] = {"198.51.100.7", "198.51.100.8", "198.51.100.200"};
  constexpr const char* kFrom6[] = {"2001:db8:a::1", "2001:db8:a::2", "2001:db8:a:1::1"};
  constexpr const char* kTo6[] = {"2001:db8:99::7", "2001:db8:99:1::1", "2001:db8:99:2::1"};
  constexpr uint16_t kDports[] = {53, 79, 80, 443, 1023, 1024, 8000, 8010, 8011, 50, 61, 65535};
  const bool four = below(2);
  const Layers ip = four ? Layers{Ip4{.src = one_of(kFrom4), .dst = one_of(kTo4)}}
                         : Layers{Ip6{.src = one_of(kFrom6), .dst = one_of(kTo6)}};
  const uint16_t dport = one_of(kDports);
  switch (below(7)) {
    case 0: return ip / Tcp{.dport = dport};
    case 1: return ip / UdpLite{.dport = dport};
    case 2: return ip / Sctp{.dport = dport};
    case 3: return ip / Echo{};
    case 4: return ip / Gre{};
    case 5: return ip / Esp{};
    default: return ip / Udp{.dport = dport};
  }
}

const Policy* first_match(const Document& document, const View& packet) {
  const auto at =
      std::ranges::find_if(document.policies, [&](const Policy& policy) { return speaks(policy, packet); });
  return at == document.policies.end() ? nullptr : &*at;
}

}   // namespace sluice::test
