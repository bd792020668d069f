// SPDX-License-Identifier: GPL-2.0-or-later
// Meaning: what concerns several parts of a document at once.
#pragma once

#include "config/draft.hpp"
#include "model/capabilities.hpp"

namespace sluice::config {

// Where to complain of a rule's key: at its value, or at the rule where the key was left out.
inline const Node& place(const Node& rule, std::string_view key) {
  const Node* member = rule.member(key);
  return member ? *member : rule;
}

// Each endpoint of a network with its place in the text, in the order of both.
template <class Each>
void for_each_endpoint(const Placed<Network>& network, Each each) {
  if (network.value.endpoints.empty()) return;
  const Node* node = network.node->member("endpoints")->first;
  for (const NetworkEndpoint& endpoint : network.value.endpoints) {
    each(endpoint, *node);
    node = node->next;
  }
}

void check_references(Draft& draft);        // zones and sets exist
void check_interfaces(Draft& draft);        // addresses and networks differ
void check_vrfs(Draft& draft);              // tables differ, zones lie in one, neighbours are in reach
void check_bandwidths(Draft& draft);        // guarantees fit into the rates that they are of
void check_made_interfaces(Draft& draft);   // members, parents and VXLANs fit together
void check_closed_zones(Draft& draft);      // nothing leads out of an isolated bridge's zone
void check_policies(Draft& draft);          // warns of those that can never match
void check_nat64(Draft& draft);
void check_masquerades(Draft& draft);         // pools fit, no two for the same traffic
void check_mappings(Draft& draft);            // what masquerades say of their mappings fits together
void check_static_mappings(Draft& draft);     // both sides fit, no two for the same address
void check_forwards(Draft& draft);            // listen addresses exist, no two for the same port
void check_networks(Draft& draft);            // zones, VRFs, ports and VCIDs are each network's own
void check_network_subnets(Draft& draft);     // subnets and what is behind endpoints lie apart
void check_network_endpoints(Draft& draft);   // addresses and keys differ, and fit the network
void check_network_sites(Draft& draft);       // what is behind endpoints fits type and resources
void check_network_frames(Draft& draft);      // endpoints, VLANs and VNIs of l2 networks fit together
void check_pods(Draft& draft);                // names are nobody else's, and rules fit what pods are
void check_front(Draft& draft);               // sites differ, their services exist, its ports are free
void check_resolver(Draft& draft);            // somebody is served, where something is said of it
void check_reachability(Draft& draft);        // its interface is in the VRF that tunnels leave by
void check_metrics(Draft& draft);             // nobody else has the port
void check_web(Draft& draft);                 // the same
void check_mapping_requests(Draft& draft);    // who may ask has an outside address that mappings can be at
void check_relay(Draft& draft);               // clients differ, and its ports are nobody else's
void check_ssh(Draft& draft);                 // the same of users and their ports
void check_cluster_names(Draft& draft);       // each interface is a device of its own at each node
void check_cluster(Draft& draft);             // says of interfaces whose addresses move, and which do not
void check_carriers(Draft& draft);            // what several nodes cannot carry at once

// Complains where more limits can meet in a packet than are kept with a flow.
void check_limits(const Document& document, const Node& root, Complaints& complaints);
// Complains about everything in a consistent document that this engine cannot do.
void check_engine(const Document& document, EngineKind engine, const Node& root, Complaints& complaints);

}   // namespace sluice::config
