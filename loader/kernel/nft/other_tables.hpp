// SPDX-License-Identifier: GPL-2.0-or-later
// Tables of nf_tables that are not sluice's: those of container engines, of iptables, of firewalls.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace sluice {

struct OtherTable {
  std::string name;   // "ip nat"
  std::string text;   // as nft prints it
};

Result<std::vector<OtherTable>> list_other_tables();

// Whether rules of others translate what they meet. Pure.
bool translates(const std::vector<OtherTable>& tables);
// Whether one leads to it: "172.17.0.2:80", "[2001:db8::2]:80". Pure.
bool publishes(const std::vector<OtherTable>& tables, const std::string& endpoint);

// sluiced starts itself like this, with a family and a name: libnftables loses what rules of iptables-nft
// translate to as soon as one process has printed tables of both families.
constexpr std::string_view kTableVerb = "list-table";
Result<> print_table(const std::string& family, const std::string& name);

}   // namespace sluice
