// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "compile/common/service_blocks.hpp"
#include "compile/nft/rules_nft.hpp"
#include "model/limit.hpp"
#include "plan/step.hpp"

namespace sluice {
namespace {

std::string_view hook_name(Hook hook) {
  switch (hook) {
    case Hook::kTcIngress: return "tc ingress";
    case Hook::kTcEgress: return "tc egress";
    case Hook::kXdp: return "XDP";
  }
  return "?";
}

size_t forwards_in(const NumberedRules& rules) {
  return static_cast<size_t>(
      std::count_if(rules.objects.begin(), rules.objects.end(),
                    [](const ObjectRow& row) { return row.kind == SL_OBJECT_FORWARD; }));
}

// Those of the document.
size_t masquerades_in(const NumberedRules& rules) {
  return rules.masquerades.size() - (rules.header.own_address ? 1 : 0);
}

std::string say(const step::SetSysctl& s) {
  return fmt::format("set {} from {} to {}", s.path, s.previous, s.value);
}
std::string say(const step::LoadPrograms&) { return "load the BPF programs and maps"; }
std::string say(const step::LeavePlaces&) { return "detach what held the places of the BPF programs"; }
std::string say(const step::CarryTables&) {
  return "carry over the flows, mappings, counters and limits of the release that ran before";
}
std::string say(const step::ReturnToTables&) {
  return "give the traffic back to the programs of the release that ran before";
}
std::string say(const step::DropTables&) { return "remove the tables of the release that ran before"; }
std::string say(const step::CarryRows&) {
  return "carry over the flows that came while the tables were exchanged";
}
std::string say(const step::PutRules& s) {
  return fmt::format(
      "put the rules in force: {} interfaces, {} policies, {} masquerades, {} static mappings, "
      "{} rows of forwards",
      s.rules->interfaces.size(), s.rules->policy_rules.size(), masquerades_in(*s.rules),
      s.rules->static_in.size(), s.rules->forwards.size());
}
std::string say(const step::LeadService& s) {
  return fmt::format("lead service \"{}\" to {} of {} {} addresses", s.name, serving(*s.block),
                     s.block->members, s.family == Family::kIpv4 ? "IPv4" : "IPv6");
}
std::string say(const step::TakeRulesBack&) { return "put the rules in force that were there before"; }
std::string say(const step::AttachProgram& s) {
  return fmt::format("attach to {} at {}", s.link, hook_name(s.hook));
}
std::string say(const step::DetachProgram& s) {
  return fmt::format("detach from {} at {}", s.link, hook_name(s.hook));
}
std::string say(const step::UnloadPrograms&) { return "remove the BPF programs and maps"; }
std::string say(const step::PutTable& s) {
  return fmt::format(
      "put the rules in force in table inet sluice: {} interfaces, {} policies, {} masquerades, {} static "
      "mappings, "
      "{} forwards",
      s.rules->numbers->interfaces.size(), s.rules->numbers->policy_rules.size(),
      masquerades_in(*s.rules->numbers), s.rules->numbers->static_in.size(), forwards_in(*s.rules->numbers));
}
std::string say(const step::RemoveTable&) { return "remove table inet sluice and its flows"; }
std::string say(const step::CarryFlows& s) {
  return fmt::format("carry the flows {}over from {} to {}", s.late ? "that came meanwhile " : "",
                     to_string(s.from), to_string(s.to));
}
std::string say(const step::AddAddress& s) {
  return fmt::format("add address {} to {}", s.address.to_string(), s.link);
}
std::string say(const step::RemoveAddress& s) {
  return fmt::format("remove address {} from {}", s.address.to_string(), s.link);
}
std::string say(const step::AddRoute& s) { return "add route " + to_string(s.route); }
std::string say(const step::RemoveRoute& s) { return "remove route " + to_string(s.route); }
std::string say(const step::AddRule& s) { return "add rule " + to_string(s.rule); }
std::string say(const step::RemoveRule& s) { return "remove rule " + to_string(s.rule); }
std::string say(const step::SetLinkUp& s) { return fmt::format("set {} up", s.link); }
std::string say(const step::MakeLink& s) { return "make " + to_string(s.link); }
std::string say(const step::MakeSpace& s) { return "make network namespace " + s.name; }
std::string say(const step::RemoveSpace& s) { return "remove network namespace " + s.name; }
std::string say(const step::ChangeLink& s) {
  return fmt::format("change {} into {}", to_string(s.previous), to_string(s.link));
}
std::string say(const step::RemoveLink& s) { return "remove " + to_string(s.link); }
std::string say(const step::SetMaster& s) {
  if (s.master.empty()) return fmt::format("take {} out of {}", s.link, s.previous);
  return fmt::format("put {} into {}", s.link, s.master);
}
std::string say(const step::SetMtu& s) {
  return fmt::format("set the MTU of {} from {} to {}", s.link, s.previous, s.mtu);
}

std::string text_of(const ForwardingEntry& entry) {
  const std::string mac = entry.mac == MacAddress{} ? "frames for everybody" : to_string(entry.mac);
  return fmt::format("{} to {}", mac, entry.remote.to_string());
}
std::string say(const step::AddEntry& s) { return fmt::format("{}: send {}", s.link, text_of(s.entry)); }
std::string say(const step::RemoveEntry& s) {
  return fmt::format("{}: no longer send {}", s.link, text_of(s.entry));
}

std::string text_of(const PortVlan& vlan) {
  return fmt::format("VLAN {} {}", vlan.id, vlan.untagged ? "untagged" : "tagged");
}
std::string say(const step::AddPortVlan& s) { return fmt::format("{}: carry {}", s.link, text_of(s.vlan)); }
std::string say(const step::RemovePortVlan& s) {
  return fmt::format("{}: no longer carry {}", s.link, text_of(s.vlan));
}

std::string text_of(const Queues& queues) {
  return fmt::format("{} in {} queues", bits_to_string(queues.rate * 8), queues.classes.size());
}
std::string say(const step::PutQueues& s) {
  const std::string from = s.previous ? fmt::format(" from {}", text_of(*s.previous)) : "";
  return fmt::format("let {} send{} at most {}", s.link, from, text_of(s.queues));
}
std::string say(const step::RemoveQueues& s) {
  return fmt::format("no longer let {} send at most {}", s.link, text_of(s.queues));
}

std::string say(const step::ChangeTunnel& s) { return s.summary; }

std::string say(const step::PutMacLimits& s) {
  if (s.limits.empty()) return "remove table bridge sluice, which limited MAC addresses";
  std::vector<std::string> changed;
  for (const auto& [device, most] : s.limits)
    if (const auto at = s.previous.find(device); at == s.previous.end() || at->second != most)
      changed.push_back(fmt::format("{} of {}", most, device));
  constexpr size_t kNamed = 8;
  if (changed.empty() || changed.size() > kNamed)
    return fmt::format("limit the MAC addresses of {} port{}", s.limits.size(),
                       s.limits.size() == 1 ? "" : "s");
  return fmt::format("limit MAC addresses: at most {}", join(changed, ", "));
}

}   // namespace

std::string sentence(const Step& step) {
  return std::visit([](const auto& s) { return say(s); }, step);
}

std::vector<std::string> sentences(const Plan& plan) {
  std::vector<std::string> all;
  for (const Step& step : plan.steps) all.push_back(sentence(step));
  all.insert(all.end(), plan.others.begin(), plan.others.end());
  return all;
}

}   // namespace sluice
