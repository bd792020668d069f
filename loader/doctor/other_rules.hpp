// SPDX-License-Identifier: GPL-2.0-or-later
// What rules of others make of traffic: ports that container engines publish, and chains that drop what
// sluice has let through. Pure.
#pragma once

#include <vector>

#include "kernel/nft/other_tables.hpp"
#include "kernel/probe.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"

namespace sluice {

struct OtherRules {
  std::vector<std::string> published;   // "tcp port 8080 to 172.17.0.2:80 (ip nat, DOCKER)"
  // Chains of "hook forward" whose policy is drop and that do not let everything pass before: "FORWARD of ip
  // filter"
  std::vector<std::string> dropping;
  std::vector<std::string> remedies;   // commands, for those of docker
};
OtherRules read_other_rules(const std::vector<OtherTable>& tables);

// Devices of hardware with an address that the document does not name: what comes in by them is not judged.
std::vector<std::string> unnamed_devices(const Document& document, const Observed& observed);

// `netfilter`: the engine in use is nftables, so that chains of others see what it forwards.
ProbeRow judge_other_rules(const OtherRules& rules, const std::vector<std::string>& unnamed, bool netfilter);

}   // namespace sluice
