// SPDX-License-Identifier: GPL-2.0-or-later
// Whom the resolver asks, and the names that it knows itself.
#include <fmt/format.h>

#include <algorithm>

#include "config/address_values.hpp"
#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/pod_zones.hpp"
#include "config/read.hpp"
#include "config/target.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kResolverKeys[] = {"upstreams", "grace"};
constexpr size_t kMostAddressesOfName = 16, kMostNames = 10'000;

void read_upstreams(const Node& node, Draft& draft) {
  if (!expect_kind(node, Kind::kList, draft.complaints)) return;
  const Items items = read_one_or_list(node, draft.complaints);
  limit_count(node, items.size(), kMostUpstreams, "servers", draft.complaints);
  for (const Node* item : items)
    if (const auto upstream = read_dns_server(*item, draft)) draft.resolver.upstreams.push_back(*upstream);
}

std::vector<IpAddress> read_named_addresses(const Node& node, Draft& draft) {
  std::vector<IpAddress> addresses;
  const Items items = read_one_or_list(node, draft.complaints);
  if (items.size() > kMostAddressesOfName)
    draft.complaints.say(node, fmt::format("the name has {} addresses", items.size()),
                         fmt::format("{} at most", kMostAddressesOfName));
  for (const Node* item : items) {
    const auto text = read_string(*item, draft.complaints);
    if (!text) continue;
    if (const auto address = parse_address(*text, *item, draft.complaints)) addresses.push_back(*address);
  }
  return addresses;
}

std::optional<std::string> read_name(const Node& member, Draft& draft) {
  auto name = host_name(member.key);
  if (!name)
    draft.complaints.say_about_key(member, fmt::format("{} is not the name of a host", quote(member.key)),
                                   R"(such as "www.example.org": labels of letters, digits, "-" and "_")");
  return name;
}

}   // namespace

std::optional<Endpoint> read_dns_server(const Node& node, Draft& draft) {
  const auto text = read_string(node, draft.complaints);
  if (!text) return std::nullopt;
  auto upstream = parse_endpoint(*text);
  if (!upstream) {
    const auto address = IpAddress::parse(*text);
    if (address) upstream = Endpoint{*address, kDnsPort};
  }
  if (upstream && !upstream->address.is_unspecified() && !upstream->address.is_multicast()) {
    if (upstream->port == 0) upstream->port = kDnsPort;
    return upstream;
  }
  draft.complaints.say(node, fmt::format("{} is not the address of a DNS server", quote(*text)),
                       R"(such as "192.0.2.53", "192.0.2.53:5353" or "[2001:db8::53]:5353")");
  return std::nullopt;
}

void read_resolver(const Node& node, Draft& draft) {
  const Members members(node, kResolverKeys, draft.complaints);
  draft.said_of_names = &node;
  read_if_there(members, "upstreams", draft, read_upstreams);
  if (const Node* grace = members.find("grace"))
    draft.resolver.grace = read_duration(*grace, draft.complaints).value_or(kNameGrace);
}

NameTable read_name_table(const Node& node, Draft& draft) {
  NameTable table;
  if (!expect_kind(node, Kind::kObject, draft.complaints)) return table;
  limit_count(node, node.count, kMostNames, "names", draft.complaints);
  for (const Node& member : node.children()) {
    const auto name = read_name(member, draft);
    auto addresses = read_named_addresses(member, draft);
    if (!name) continue;
    if (!table.try_emplace(*name, std::move(addresses)).second)
      draft.complaints.say_about_key(member, fmt::format("the name {} is there already", quote(*name)),
                                     "capital letters make no difference");
  }
  return table;
}

void read_names(const Node& node, Draft& draft) {
  draft.said_of_names = &node;
  draft.names = read_name_table(node, draft);
}

bool is_of_pods(const Policy& policy, const PodNames& pods) {
  return !policy.from.empty() && (policy.from.front() == kPodZone || names_pods(policy.from, pods));
}

// A zone that has names of its own is served, or nobody could ask for them; so is one whose hosts may go
// where names lead.
void check_resolver(Draft& draft) {
  PodNames pods;
  for (const auto& [pod, node] : draft.pods) pods.insert(pod.name);
  for (const auto& [policy, node] : draft.policies)
    if (!policy.domains.empty() && !is_of_pods(policy, pods))
      draft.zones.push_back({{.name = policy.from.empty() ? "" : policy.from.front(), .dns = true}, node});
  for (auto& [zone, node] : draft.zones) zone.dns |= !zone.names.empty();
  const bool anybody = !draft.pods.empty() ||
                       std::ranges::any_of(draft.zones, [](const auto& zone) { return zone.value.dns; });
  if (draft.said_of_names && !anybody)
    draft.complaints.warn(*draft.said_of_names, "no zone is served by the resolver",
                          R"("dns": true, for a zone under "zones")");
}

}   // namespace sluice::config
