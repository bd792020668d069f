// SPDX-License-Identifier: GPL-2.0-or-later
// The document's rules with numbers for names, as rows (maps/rules.h, maps/interface.h). The eBPF engine
// writes them into its maps, the nftables engine makes its chains of the same numbers, and `explain` asks
// them for both. Pure, so it is tested without root.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "maps/config.h"
#include "maps/interface.h"
#include "maps/limit.h"
#include "maps/rules.h"
#include "maps/tunnel.h"
#include "model/document.hpp"
#include "model/observed.hpp"

namespace sluice {

template <class K, class V>
using Rows = std::vector<std::pair<K, V>>;

struct ObjectRow {
  uint32_t number;
  uint8_t kind;   // enum sl_object_kind
  std::string name;
};

// The tables of the rules that depend on the document alone: they are made once while the machine is looked
// at again and again.
struct PolicyTables {
  std::vector<sl_policy_class> pairs;   // of zones, by from * zones + to
  uint32_t dimensions = 0;              // SL_BY_*
  std::vector<sl_policy_bits> bits;
  Rows<sl_prefix_key, sl_policy_class> source, dest;
  Rows<sl_service_key, sl_policy_class> service;
  uint64_t digest = 0;   // of the four tables' rows
};
using SharedPolicyTables = std::shared_ptr<const PolicyTables>;

struct NumberedRules {
  sl_rules_header header{};
  Rows<uint32_t, sl_interface> interfaces;   // by ifindex
  std::vector<uint32_t> tx_ports;            // ifindexes that XDP may send to
  std::vector<sl_zone_pair> zone_pairs;
  SharedPolicyTables policies = std::make_shared<PolicyTables>();
  std::vector<sl_policy_rule> policy_rules;
  Rows<sl_prefix_key, uint32_t> set_members;
  Rows<sl_prefix_key, sl_local> local_addr;
  Rows<sl_forward_key, sl_forward> forwards;
  Rows<sl_prefix_key, sl_static> static_in, static_out;
  Rows<sl_prefix_key, uint32_t> vrf_through;
  Rows<sl_vlan_key, uint32_t> vlans;
  Rows<sl_tunnel_key, sl_tunnel> tunnels;
  std::vector<sl_masquerade> masquerades;
  std::vector<sl_pool> pools;
  std::vector<sl_limit> limits;
  std::vector<sl_limit_set> limit_bits;
  std::vector<sl_limit_row> limit_rows;
  Rows<sl_prefix_key, uint32_t> limit_addresses;
  Rows<sl_service_key, uint32_t> limit_service;
  Rows<uint32_t, uint32_t> limit_forwards;
  Rows<sl_limit_set, uint32_t> limit_sets;
  std::array<uint32_t, SL_TIMEOUT_COUNT> timeouts{};   // seconds
  uint32_t flows_per_host = 0;                         // 0: a share of the table
  std::vector<ObjectRow> objects;                      // every named rule
  std::vector<std::string> zones;                      // index is the number; 0 is the gateway
  std::vector<Prefix> bogons;   // members of the set that interfaces refuse; empty: none does
};

// A managed interface as it will be when the plan is done.
struct PlannedLink {
  const Interface* wanted;
  const ObservedLink* seen;
  std::vector<InterfaceAddress> addresses;    // observed and wanted, less what is taken off
  std::vector<InterfaceAddress> translated;   // put there for a forward, static mapping or pool
  bool xdp = false;
  bool queues = false;   // XDP goes past a device's queues: what leaves by it is sent by tc
};

NumberedRules compile_rules(const Document& document, const Observed& observed,
                            const std::vector<PlannedLink>& links);
// The same with what classify_policies() made of the document before.
NumberedRules compile_rules(const Document& document, const Observed& observed,
                            const std::vector<PlannedLink>& links, SharedPolicyTables policies);

// Identity of the rows: equal digests carry equal traffic.
uint64_t digest_of(const NumberedRules& rules);
uint64_t digest_of_rows(const PolicyTables& policies);

}   // namespace sluice
