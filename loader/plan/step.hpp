// SPDX-License-Identifier: GPL-2.0-or-later
// One step of a plan: plain data, printed by sentence(), performed by gateway/execute.cpp through kernel/ and
// engine/.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "model/capabilities.hpp"
#include "model/observed.hpp"

namespace sluice {

struct NumberedRules;   // compile/common/numbered_rules.hpp
struct ServiceBlock;    // compile/common/service_blocks.hpp
struct RulesNft;        // compile/nft/rules_nft.hpp

namespace step {

struct SetSysctl {
  std::string path, value, previous;
};
struct AttachProgram {
  std::string link;
  uint32_t index;
  Hook hook;
  bool required = true;   // false: a refusal is noted and the plan goes on (XDP that nobody asked for)
};
struct LoadPrograms {
  std::string build;
  TableSizes sizes;                    // of tables that are not there yet
  std::vector<AttachProgram> places;   // of tc programs, where none of sluice is yet: they are held meanwhile
};
struct LeavePlaces {};   // what undoes that
// What the tables of another release hold, into the new ones that lie beside them: before any packet goes
// there.
struct CarryTables {};
// Flows that came while the tables were exchanged for others, of another size or of another release.
struct CarryRows {};
// What undoes that, as long as the tables of the other release are there: its programs take the traffic
// again.
struct ReturnToTables {};
// Those are not needed any more.
struct DropTables {};
struct PutRules {
  std::shared_ptr<const NumberedRules> rules;
  std::string digest;
};
// In the rules that are in force, and nothing else of them: flows of others need no look. Digests are those
// of the rules as a whole, before and after.
struct LeadService {
  std::string name;
  Family family;
  uint32_t object;   // its number
  std::shared_ptr<const ServiceBlock> block, previous;
  std::string digest, previous_digest;
};
// What undoes PutRules or PutTable for rules that an earlier process put: this one never knew what they mean.
struct TakeRulesBack {
  EngineKind engine;
};
struct DetachProgram {
  std::string link;
  uint32_t index;   // 0: the device is gone, only the pin is removed
  Hook hook;
};
struct UnloadPrograms {};   // when another engine has taken over
struct PutTable {
  std::shared_ptr<const RulesNft> rules;
  std::string digest;
};
struct RemoveTable {};
// The flows that are there go on by the other engine. Done twice in a switch: before it takes the traffic,
// and for what came meanwhile.
struct CarryFlows {
  EngineKind from, to;
  bool late = false;
};
struct AddAddress {
  std::string link;
  uint32_t index;
  InterfaceAddress address;
  bool routed = true;   // the kernel lays the route to its network, in the main table
};
struct RemoveAddress {
  std::string link;
  uint32_t index;   // 0: the device is gone, only the record is removed
  InterfaceAddress address;
  bool routed = true;   // it was
};
struct AddRoute {
  RouteRow route;
};
struct RemoveRoute {
  RouteRow route;
};
struct AddRule {
  RuleRow rule;
};
struct RemoveRule {
  RuleRow rule;
};
struct SetLinkUp {
  std::string link;
  uint32_t index;   // 0: it is found by its name, because the same plan makes it
};
// Devices that sluice makes itself.
struct MakeLink {
  MadeLink link;
  uint32_t index = 0;   // the number it had before; 0: as the kernel likes
};
// Network namespaces below /run/netns.
struct MakeSpace {
  std::string name;
};
struct RemoveSpace {
  std::string name;
  uint32_t number;   // 0: it is gone, only the record is removed
};
// In place, where the kernel lets: otherwise it is removed and made anew.
struct ChangeLink {
  MadeLink link, previous;
  uint32_t index;
};
struct RemoveLink {
  MadeLink link;
  uint32_t index;   // 0: the device is gone, only the record is removed
};
struct SetMaster {
  std::string link;
  uint32_t index;
  std::string master, previous;   // a bridge or a VRF; empty: none
};
struct SetMtu {
  std::string link;
  uint32_t index;
  uint32_t mtu, previous;
};
struct AddEntry {
  std::string link;
  uint32_t index;
  ForwardingEntry entry;
};
struct RemoveEntry {
  std::string link;
  uint32_t index;
  ForwardingEntry entry;
};
struct AddPortVlan {
  std::string link;
  uint32_t index;
  PortVlan vlan;
};
struct RemovePortVlan {
  std::string link;
  uint32_t index;
  PortVlan vlan;
};
// What waits in a class that stays, stays there.
struct PutQueues {
  std::string link;
  uint32_t index;
  Queues queues;
  std::optional<Queues> previous;   // none: the kernel's own choice
};
struct RemoveQueues {
  std::string link;
  uint32_t index;
  Queues queues;
};

// Keys and peers of a WireGuard device, which is found by its name. Keys that are in here are not in the
// summary.
struct ChangeTunnel {
  std::string link;
  std::string summary;   // "tunnel wg-home: 1 peer added, 2 changed"
  TunnelChange change, inverse;
};

// Of ports of bridges; none: they go.
struct PutMacLimits {
  MacLimits limits, previous;
};

}   // namespace step

using Step = std::variant<
    step::SetSysctl, step::LoadPrograms, step::LeavePlaces, step::CarryTables, step::CarryRows,
    step::ReturnToTables, step::DropTables, step::PutRules, step::LeadService, step::TakeRulesBack,
    step::AttachProgram, step::DetachProgram, step::UnloadPrograms, step::PutTable, step::RemoveTable,
    step::CarryFlows, step::AddAddress, step::RemoveAddress, step::AddRoute, step::RemoveRoute, step::AddRule,
    step::RemoveRule, step::SetLinkUp, step::MakeSpace, step::RemoveSpace, step::MakeLink, step::ChangeLink,
    step::RemoveLink, step::SetMaster, step::SetMtu, step::AddEntry, step::RemoveEntry, step::AddPortVlan,
    step::RemovePortVlan, step::PutQueues, step::RemoveQueues, step::ChangeTunnel, step::PutMacLimits>;

// "add address 192.168.10.1/24 to eth1"
std::string sentence(const Step& step);

struct Plan {
  std::vector<Step> steps;
  std::vector<std::string>
      notes;   // decisions worth telling: "eth0: tc, because veth would lose segmentation offload"
  std::shared_ptr<const NumberedRules>
      rules;   // the rules that the document means, also when they are in force already
  std::shared_ptr<const RulesNft> table;   // the same for the nftables engine; null: eBPF carries the traffic
  EngineKind engine = EngineKind::kEbpf;
  std::vector<std::string> others;     // what changes at other programs (plan/plan_others.hpp)
  std::vector<std::string> degraded;   // what cannot be had now: "interface \"eth2\" does not exist"
  std::vector<MovedAddress> moving;    // of a cluster; somebody else puts them where its active node is
  bool is_standby = false;             // they are not here
  bool empty() const { return steps.empty(); }
};

// Of all that it does, the steps first.
std::vector<std::string> sentences(const Plan& plan);

}   // namespace sluice
