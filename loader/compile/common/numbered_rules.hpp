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

#include "compile/common/opened_addresses.hpp"
#include "maps/config.h"
#include "maps/interface.h"
#include "maps/limit.h"
#include "maps/rule_tables.h"
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

// A member for each line of maps/rule_tables.h.
#define SLUICE_ARRAY(name, value) std::vector<value> name;
#define SLUICE_ROWS(name, key, value) Rows<key, value> name;

// The tables of the rules that depend on the document alone: they are made once while the machine is looked
// at again and again.
struct PolicyTables {
  std::vector<sl_policy_class> pairs;   // of zones, by from * zones + to
  uint32_t dimensions = 0;              // SL_BY_*
  SL_POLICY_TABLES(SLUICE_ARRAY, SLUICE_ROWS)
  uint64_t digest = 0;   // of the rows of these tables, without those of what is opened
  OpenedAddresses opened;
};
using SharedPolicyTables = std::shared_ptr<const PolicyTables>;

struct NumberedRules {
  sl_rules_header header{};
  Rows<uint32_t, sl_interface> interfaces;   // by ifindex
  std::vector<uint32_t> tx_ports;            // ifindexes that XDP may send to
  SharedPolicyTables policies = std::make_shared<PolicyTables>();
  SL_RULE_TABLES(SLUICE_ARRAY, SLUICE_ROWS, SLUICE_ROWS)
  std::array<uint32_t, SL_TIMEOUT_COUNT> timeouts{};   // seconds
  uint32_t flows_per_host = 0;                         // 0: a share of the table
  std::vector<ObjectRow> objects;                      // every named rule
  std::vector<std::string> zones;                      // index is the number; 0 is the gateway
  std::vector<Prefix> bogons;   // members of the set that interfaces refuse; empty: none does
};

#undef SLUICE_ARRAY
#undef SLUICE_ROWS

// A managed interface as it will be when the plan is done.
struct PlannedLink {
  const Interface* wanted;
  const ObservedLink* seen;
  std::vector<InterfaceAddress> addresses;    // observed and wanted, less what is taken off
  std::vector<InterfaceAddress> translated;   // put there for a forward, static mapping or pool
  std::vector<InterfaceAddress> moving;       // of `addresses`: they are at a cluster's active node alone
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
