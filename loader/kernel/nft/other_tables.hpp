// SPDX-License-Identifier: GPL-2.0-or-later
// Tables of nf_tables that are not sluice's: those of container engines, of iptables, of firewalls.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace sluice {

struct OtherTable {
  std::string name;   // "ip nat"
  std::string text;   // as nft prints it
};

Result<std::vector<OtherTable>> list_other_tables();

}   // namespace sluice
