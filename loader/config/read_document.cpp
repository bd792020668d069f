// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kDocumentKeys[] = {"$schema",
                                              "version",
                                              "engine",
                                              "interfaces",
                                              "vrfs",
                                              "zones",
                                              "sets",
                                              "policies",
                                              "nat",
                                              "limits",
                                              "timeouts",
                                              "tables",
                                              "wireguard",
                                              "networks",
                                              "underlays",
                                              "network_mode",
                                              "services",
                                              "front",
                                              "sites",
                                              "pods",
                                              "resolver",
                                              "names",
                                              "mapping_requests",
                                              "reachability",
                                              "relay",
                                              "ssh",
                                              "metrics",
                                              "web",
                                              "nat_log",
                                              "cluster"};
constexpr std::string_view kNatKeys[] = {"masquerade", "static", "forwards", "nat64"};
constexpr std::string_view kEngines[] = {"auto", "ebpf", "nftables"};

void check_version(const Members& members, Complaints& complaints) {
  const Node* version = members.require("version");
  if (!version) return;
  if (version->kind != Kind::kNumber || version->text != "1")
    complaints.say(*version, "not a version that this sluice reads", "write \"version\": 1");
}

void read_engine(const Node& node, Draft& draft) {
  if (const auto word = read_word(node, kEngines, draft.complaints))
    draft.engine = static_cast<EngineChoice>(*word);
}

void check_schema(const Node& node, Draft& draft) { read_string(node, draft.complaints); }

}   // namespace

void read_document(const Node& root, Draft& draft) {
  const Members members(root, kDocumentKeys, draft.complaints);
  read_if_there(members, "$schema", draft, check_schema);
  check_version(members, draft.complaints);
  read_if_there(members, "engine", draft, read_engine);
  read_if_there(members, "interfaces", draft, read_interfaces);
  read_if_there(members, "vrfs", draft, read_vrfs);
  read_if_there(members, "zones", draft, read_zones);
  read_if_there(members, "sets", draft, read_sets);
  read_if_there(members, "policies", draft, read_policies);
  read_if_there(members, "nat", draft, read_nat);
  read_if_there(members, "limits", draft, read_limits);
  read_if_there(members, "timeouts", draft, read_timeouts);
  read_if_there(members, "tables", draft, read_tables);
  read_if_there(members, "wireguard", draft, read_wireguard);
  read_if_there(members, "networks", draft, read_networks);
  read_if_there(members, "underlays", draft, read_underlays);
  read_if_there(members, "resolver", draft, read_resolver);
  read_if_there(members, "names", draft, read_names);
  read_if_there(members, "mapping_requests", draft, read_mapping_requests);
  read_if_there(members, "relay", draft, read_relay);
  read_if_there(members, "ssh", draft, read_ssh);
  read_if_there(members, "reachability", draft, read_reachability);
  read_if_there(members, "metrics", draft, read_metrics);
  read_if_there(members, "web", draft, read_web);
  read_if_there(members, "nat_log", draft, read_nat_log);
  read_if_there(members, "cluster", draft, read_cluster);
  const Node* mode = members.find("network_mode");
  const std::string carrying = mode ? read_mode(*mode, draft) : "";
  if (const Node* services = members.find("services")) read_services(*services, carrying, draft);
  read_if_there(members, "front", draft, read_front);
  read_if_there(members, "sites", draft, read_sites);
  read_if_there(members, "pods", draft, read_pods);
  expand_services(draft);
}

void read_nat(const Node& node, Draft& draft) {
  const Members members(node, kNatKeys, draft.complaints);
  read_if_there(members, "masquerade", draft, read_masquerades);
  read_if_there(members, "static", draft, read_static_mappings);
  read_if_there(members, "forwards", draft, read_forwards);
  read_if_there(members, "nat64", draft, read_nat64);
}

}   // namespace sluice::config
