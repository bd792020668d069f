// SPDX-License-Identifier: GPL-2.0-or-later
// Pods: what they were given, what they serve, and what they have sent.
#include <algorithm>

#include "base/protocol.hpp"
#include "gateway/networks.hpp"
#include "kernel/netlink/link_counts.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

// What the services of pods are published at, as the interface has it now.
json outside_address(const Document& document, const Observed& seen) {
  const std::string device = find_way_out(document, seen).device;
  const auto link = seen.links.find(device);
  if (link == seen.links.end()) return nullptr;
  for (const ObservedAddress& own : link->second.addresses)
    if (own.address.address.is_ipv4()) return own.address.address.to_string();
  return nullptr;
}

json host_of(const Document& document, const Pod& pod, const PodService& service) {
  const auto site = std::ranges::find(document.sites, pod_service_name(pod.name, service.name), &Site::name);
  return site == document.sites.end() ? json(nullptr) : json(site->host);
}

json services_of(const Document& document, const Pod& pod, const json& outside) {
  json rows = json::array();
  for (const PodService& service : pod.services)
    rows.push_back({{"name", service.name},
                    {"port", service.port},
                    {"protocol", protocol_name(service.protocol)},
                    {"host", host_of(document, pod, service)},
                    {"outside_address", service.publish ? outside : json(nullptr)},
                    {"outside_port", service.outside_port ? json(*service.outside_port) : json(nullptr)}});
  return rows;
}

json rate_or_null(const std::optional<uint64_t>& bits) {
  return bits ? json(bits_to_string(*bits)) : json(nullptr);
}

// As the pod sees it: what it received is what its interface sent.
void add_pod_counts(json& row, uint32_t index, const std::vector<LinkCount>& counts,
                    const std::vector<DropCount>& drops) {
  LinkCount count;
  if (const auto at = std::ranges::find(counts, index, &LinkCount::index); index && at != counts.end())
    count = *at;
  uint64_t dropped = 0;
  for (const DropCount& drop : drops)
    if (index && drop.ifindex == index) dropped += drop.packets;
  row["rx_bytes"] = count.sent_bytes;
  row["tx_bytes"] = count.received_bytes;
  row["rx_packets"] = count.sent_packets;
  row["tx_packets"] = count.received_packets;
  row["errors"] = count.errors();
  row["drops"] = dropped;
}

std::string_view state_of_pod(const Pod& pod, const Observed& seen) {
  const auto link = seen.links.find(pod.device);
  if (link == seen.links.end() || !seen.spaces.contains(space_of(pod.name))) return "missing";
  return link->second.up ? "up" : "down";
}

}   // namespace

Result<json> show_pods(Gateway& gateway) {
  json rows = json::array();
  if (!gateway.current()) return json{{"pods", std::move(rows)}};
  const Observed seen = TRY(gateway.observe());
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  const auto counts = TRY(list_link_counts(rtnl));
  const auto drops = TRY(gateway.engine().drops());
  const Document& document = gateway.current()->document;
  const json outside = outside_address(document, seen);
  for (const Pod& pod : document.pods) {
    json row = {{"name", pod.name},
                {"owner", pod.owner.empty() ? json(nullptr) : json(pod.owner)},
                {"state", state_of_pod(pod, seen)},
                {"address", pod.address->to_string()},
                {"gateway", gateway_of(pod).to_string()},
                {"namespace", space_of(pod.name)},
                {"device", pod.device},
                {"vrf", kPodVrf},
                {"guaranteed", pod.bandwidth && pod.bandwidth->guaranteed
                                   ? json(bits_to_string(pod.bandwidth->guaranteed))
                                   : json(nullptr)},
                {"maximum", rate_or_null(pod.bandwidth ? pod.bandwidth->maximum : std::nullopt)},
                {"services", services_of(document, pod, outside)}};
    add_pod_counts(row, index_of(seen, pod.device), counts, drops);
    rows.push_back(std::move(row));
  }
  return json{{"pods", std::move(rows)}};
}

}   // namespace sluice
