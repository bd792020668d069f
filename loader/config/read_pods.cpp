// SPDX-License-Identifier: GPL-2.0-or-later
// Pods: what they serve, who may speak to them, and what they may reach.
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>

#include "config/address_values.hpp"
#include "config/complaints.hpp"
#include "config/network_values.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kPodKeys[] = {"owner", "address", "services", "ingress", "egress", "bandwidth"};
constexpr std::string_view kPodServiceKeys[] = {"name",    "port",         "protocol",
                                                "publish", "outside_port", "access"};
constexpr std::string_view kPodProtocols[] = {"tcp", "udp"};
constexpr uint8_t kPodProtocolNumbers[] = {IPPROTO_TCP, IPPROTO_UDP};
constexpr std::string_view kEgressKeys[] = {"default", "domains", "prefixes", "ports"};
constexpr std::string_view kEgressDefaults[] = {"drop", "accept"};
constexpr std::string_view kPodBandwidthKeys[] = {"guaranteed", "maximum"};
constexpr std::string_view kOfZone = "zone:", kOfPod = "pod:";

void read_protocol_of(const Node& node, PodService& service, Complaints& complaints) {
  if (const auto word = read_word(node, kPodProtocols, complaints))
    service.protocol = kPodProtocolNumbers[*word];
}

void read_outside_port(const Node& node, PodService& service, Complaints& complaints) {
  if (const auto port = read_count(node, 1, 65'535, complaints))
    service.outside_port = static_cast<uint16_t>(*port);
  if (!service.publish)
    complaints.say(node, "a port outside of what is not published", R"("publish": true beside it)");
}

void read_pod_service(const Node& node, Names& names, Pod& pod, Draft& draft) {
  const Members members(node, kPodServiceKeys, draft.complaints);
  PodService service{.name = names.read(node), .protocol = IPPROTO_TCP};
  if (const Node* port = members.require("port"))
    service.port = static_cast<uint16_t>(read_count(*port, 1, 65'535, draft.complaints).value_or(0));
  if (const Node* protocol = members.find("protocol")) read_protocol_of(*protocol, service, draft.complaints);
  if (const Node* publish = members.find("publish"))
    service.publish = read_bool(*publish, draft.complaints).value_or(false);
  if (const Node* port = members.find("outside_port")) read_outside_port(*port, service, draft.complaints);
  service.line = draft.complaints.line_of(node);
  add_pod_site(node, members.find("access"), pod, service, draft);
  pod.services.push_back(std::move(service));
}

// Zones by the same names as everywhere; "front" is the gateway's own front end.
void read_ingress_zone(const Node& node, PodIngress& ingress, Draft& draft) {
  const std::string_view name = node.text.substr(kOfZone.size());
  ingress.zone = name;
  if (name == kPodZone)
    draft.complaints.say(node, "all pods together are no neighbour to let in",
                         R"("pod:NAME" for each of them, or a policy from "pods")");
  else if (name != kFrontZone)
    draft.zone_names.push_back({name, &node, true});
}

void read_ingress(const Node& node, Pod& pod, Draft& draft) {
  const auto text = read_string(node, draft.complaints);
  if (!text) return;
  PodIngress ingress;
  if (text->starts_with(kOfZone)) {
    read_ingress_zone(node, ingress, draft);
  } else if (text->starts_with(kOfPod)) {
    ingress.pod = text->substr(kOfPod.size());
  } else if (looks_like_address(*text)) {
    if (const auto prefix = parse_prefix(*text, node, draft.complaints)) ingress.prefixes = {*prefix};
  } else {
    draft.complaints.say(node, fmt::format("{} is nobody to let in", quote(*text)),
                         R"("zone:NAME", "pod:NAME", or a prefix such as "192.0.2.0/24")");
  }
  pod.ingress.push_back(std::move(ingress));
}

void read_egress(const Node& node, Pod& pod, Draft& draft) {
  const Members members(node, kEgressKeys, draft.complaints);
  PodEgress& egress = pod.egress;
  if (const Node* word = members.find("default"))
    egress.accept = read_word(*word, kEgressDefaults, draft.complaints).value_or(0) == 1;
  if (const Node* prefixes = members.find("prefixes"))
    for (const Node* item : read_list(*prefixes, draft.complaints))
      if (const auto prefix = read_prefix(*item, draft.complaints)) egress.prefixes.push_back(*prefix);
  if (const Node* domains = members.find("domains"))
    for (const Node* item : read_list(*domains, draft.complaints))
      if (auto pattern = read_domain(*item, draft)) egress.domains.push_back(std::move(*pattern));
  const Node* ports = members.find("ports");
  if (!ports) return;
  egress.ports = read_ports(*ports, draft.complaints);
  if (!members.find("prefixes") && !members.find("domains"))
    draft.complaints.say(*ports, "ports of nothing: they bound prefixes and domains",
                         R"("prefixes" or "domains" beside them)");
}

void read_pod_bandwidth(const Node& node, Pod& pod, Draft& draft) {
  const Members members(node, kPodBandwidthKeys, draft.complaints);
  PodBandwidth bandwidth;
  const auto rate = [&](std::string_view key) -> std::optional<uint64_t> {
    const Node* value = members.find(key);
    const auto found = value ? read_rate(*value, false, draft.complaints) : std::nullopt;
    return found ? std::optional(found->amount) : std::nullopt;
  };
  bandwidth.guaranteed = rate("guaranteed").value_or(0);
  bandwidth.maximum = rate("maximum");
  if (bandwidth.maximum && *bandwidth.maximum < bandwidth.guaranteed)
    draft.complaints.say(
        *members.find("maximum"),
        fmt::format("less than the {} that are guaranteed", bits_to_string(bandwidth.guaranteed)),
        "at least as much");
  if (node.kind == Kind::kObject && !node.first)
    draft.complaints.say(node, "says nothing", R"("guaranteed", "maximum" or both)");
  pod.bandwidth = bandwidth;
}

void read_owner(const Node& node, Pod& pod, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (text && check_name(*text, node, false, complaints)) pod.owner = *text;
}

void read_pod(const Node& node, Draft& draft) {
  const bool good_name = check_name(node.key, node, true, draft.complaints);
  const Members members(node, kPodKeys, draft.complaints);
  Pod pod;
  pod.name = node.key;
  pod.line = draft.complaints.line_of(node);
  if (const Node* owner = members.find("owner")) read_owner(*owner, pod, draft.complaints);
  if (const Node* address = members.find("address"))
    pod.address = read_address_of(*address, Family::kIpv4, draft.complaints);
  if (const Node* services = members.find("services")) {
    Names names(draft.complaints);
    for (const Node* item : read_list(*services, draft.complaints))
      read_pod_service(*item, names, pod, draft);
  }
  if (const Node* ingress = members.find("ingress"))
    for (const Node* item : read_list(*ingress, draft.complaints)) read_ingress(*item, pod, draft);
  if (const Node* egress = members.find("egress")) read_egress(*egress, pod, draft);
  if (const Node* bandwidth = members.find("bandwidth")) read_pod_bandwidth(*bandwidth, pod, draft);
  if (good_name) draft.pods.push_back({std::move(pod), &node});
}

}   // namespace

void read_pods(const Node& node, Draft& draft) {
  if (!expect_kind(node, Kind::kObject, draft.complaints)) return;
  PodSettings& settings = draft.pod_settings;
  settings.line = draft.complaints.line_of(node);
  for (const Node& member : node.children()) {
    if (member.key == "ports")
      settings.ports = read_port_range(member, draft.complaints).value_or(settings.ports);
    else if (member.key == "subnets")
      settings.subnets = read_subnet(member, Family::kIpv4, draft.complaints).value_or(settings.subnets);
    else
      read_pod(member, draft);
  }
}

}   // namespace sluice::config
