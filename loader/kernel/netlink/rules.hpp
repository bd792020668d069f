// SPDX-License-Identifier: GPL-2.0-or-later
// Routing rules ("ip rule") that sluice lays, known by their protocol number, and the one that every machine
// begins with: all packets ask the table of the machine's own addresses first. That one may have the protocol
// of whoever laid it, wherever he did: the kernel's, or that of a script that moved it.
#pragma once

#include <vector>

#include "kernel/netlink/socket.hpp"
#include "model/routing.hpp"

namespace sluice {

Result<std::set<RuleRow>> list_own_rules(RtnlSocket& rtnl);
// What is there already, or gone already, is success.
Result<> add_rule(RtnlSocket& rtnl, const RuleRow& rule);
Result<> remove_rule(RtnlSocket& rtnl, const RuleRow& rule);

// Pure parts.
NlRequest rules_request(Family family);
NlRequest add_rule_request(const RuleRow& rule);
NlRequest remove_rule_request(const RuleRow& rule);
std::optional<RuleRow> parse_own_rule(const nlmsghdr& message);   // nullopt: another's, something else or cut

}   // namespace sluice
