// SPDX-License-Identifier: GPL-2.0-or-later
// One reader per part of the document. Form is checked here; what concerns several parts comes after, in
// check.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "config/draft.hpp"
#include "config/values.hpp"

namespace sluice::config {

void read_document(const Node& root, Draft& draft);

void read_interfaces(const Node& node, Draft& draft);
void read_zones(const Node& node, Draft& draft);
void read_vrfs(const Node& node, Draft& draft);
void read_sets(const Node& node, Draft& draft);
void read_policies(const Node& node, Draft& draft);
void read_nat(const Node& node, Draft& draft);
void read_masquerades(const Node& node, Draft& draft);
void read_nat64(const Node& node, Draft& draft);
void read_static_mappings(const Node& node, Draft& draft);
void read_forwards(const Node& node, Draft& draft);
void read_timeouts(const Node& node, Draft& draft);
void read_limits(const Node& node, Draft& draft);
void read_tables(const Node& node, Draft& draft);
void read_wireguard(const Node& node, Draft& draft);
void read_networks(const Node& node, Draft& draft);
void read_pods(const Node& node, Draft& draft);
// A name that policies may mean, or a pattern of names (model/domains.hpp).
std::optional<std::string> read_domain(const Node& node, Draft& draft);
void read_underlays(const Node& node, Draft& draft);
void read_resolver(const Node& node, Draft& draft);
void read_names(const Node& node, Draft& draft);
void read_mapping_requests(const Node& node, Draft& draft);
void read_relay(const Node& node, Draft& draft);
void read_ssh(const Node& node, Draft& draft);
void read_metrics(const Node& node, Draft& draft);
void read_web(const Node& node, Draft& draft);
void read_nat_log(const Node& node, Draft& draft);
void read_cluster(const Node& node, Draft& draft);
void read_reachability(const Node& node, Draft& draft);
// Of one zone, or of the document.
NameTable read_name_table(const Node& node, Draft& draft);
// After the underlays. `mode` stands for all services without one of their own.
void read_services(const Node& node, const std::string& mode, Draft& draft);
// Each service as forwards, one for each address that it listens on; after all else was read.
void expand_services(Draft& draft);
// The front, and after it and the services what it serves (read_front.cpp, read_sites.cpp).
void read_front(const Node& node, Draft& draft);
void read_sites(const Node& node, Draft& draft);
// Who may open the site of a pod's service: as for any site, or "owner".
void read_pod_access(const Node& node, const std::string& owner, Site& site, Draft& draft);
// The site that a pod's service has by itself, behind the front (pod_sites.cpp). `access`: null where nothing
// is said.
void add_pod_site(const Node& node, const Node* access, const Pod& pod, const PodService& service,
                  Draft& draft);
// How many requests in which time: "100/1m".
std::optional<RequestLimit> read_request_limit(const Node& node, Draft& draft);
Acme read_acme(const Node& node, Draft& draft);
DynamicDns read_dynamic_dns(const Node& node, Draft& draft);
// An address, with a port where it is not 53.
std::optional<Endpoint> read_dns_server(const Node& node, Draft& draft);
// How the backends of a service are asked (read_health.cpp).
HealthCheck read_health(const Node& node, Draft& draft);
// The one underlay that carries; empty: all of them, or a complaint.
std::string read_mode(const Node& node, Draft& draft);
// All that the text has, also wrong ones, so that they are as many as its members.
std::vector<NetworkEndpoint> read_network_endpoints(const Node& node, Draft& draft);

// What an l2 network has, and complaints about what it has not; and of another type about what l2 networks
// have.
void read_network_frames(const Members& members, Network& network, Draft& draft);
void check_no_frames(const Members& members, Complaints& complaints);

// An address or an interface; what either may not be is said.
std::optional<std::variant<IpAddress, std::string>> read_listen(const Node& node, Draft& draft);
std::vector<uint8_t> read_forward_protocols(const Node* node, Draft& draft);   // null: TCP
// One forward by itself; nothing when listen, ports or target are missing or wrong.
std::optional<Forward> read_forward(const Node& node, Draft& draft);

// The names of one kind of rule: each is there, well formed and used once.
class Names {
 public:
  explicit Names(Complaints& complaints, size_t expected = 0) : complaints_(complaints), seen_(expected) {}
  std::string read(const Node& rule);

 private:
  Complaints& complaints_;
  std::unordered_map<std::string_view, const Node*> seen_;
};

// What the device of an interface is made of; std::monostate where it is one that exists.
MadeInterface read_made(const Members& interface, Draft& draft);

// The zone that something is put into: not "host". Empty: none.
std::string read_own_zone(const Node& node, Draft& draft);
// A zone or a list of zones, which must be there: a side of a rule.
std::vector<std::string> read_side(const Members& members, std::string_view key, bool may_be_host,
                                   Draft& draft);
// The VRF that a rule or an interface names; empty: the main one.
std::string read_vrf_name(const Members& members, std::string_view key, Draft& draft);
// Addresses, prefixes and names of sets.
AddressMatch read_match(const Node& node, Draft& draft);

// Protocols and ports, when there are any they fit each other.
struct Service {
  std::vector<uint8_t> protocols;
  std::vector<PortRange> ports;
};
Service read_service(const Members& members, Draft& draft);

// What policies and limits match by.
template <class Rule>
void read_what(const Members& members, Rule& rule, Draft& draft) {
  if (const Node* source = members.find("source")) rule.source = read_match(*source, draft);
  if (const Node* destination = members.find("destination"))
    rule.destination = read_match(*destination, draft);
  Service service = read_service(members, draft);
  rule.protocols = std::move(service.protocols);
  rule.ports = std::move(service.ports);
}

// A reader for a key, if it is there.
template <class Read>
void read_if_there(const Members& members, std::string_view key, Draft& draft, Read read) {
  if (const Node* node = members.find(key)) read(*node, draft);
}

}   // namespace sluice::config
