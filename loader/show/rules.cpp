// SPDX-License-Identifier: GPL-2.0-or-later
#include "maps/rules.h"

#include "base/protocol.hpp"
#include "base/text.hpp"
#include "model/routing.hpp"
#include "show/names.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr std::string_view action_name(Action action) {
  switch (action) {
    case Action::kAccept: return "accept";
    case Action::kDrop: return "drop";
    case Action::kReject: return "reject";
  }
  return "drop";
}

// Names of rules are looked up by the hundred thousand: once into a table.
class Counts {
 public:
  Counts(const std::vector<ObjectCount>& objects, uint8_t kind) {
    for (const ObjectCount& object : objects)
      if (object.kind == kind) by_name_[object.name] = &object;
  }
  void add_to(json& row, const std::string& name) const {
    const auto at = by_name_.find(name);
    row["flows"] = at == by_name_.end() ? 0 : at->second->flows;
    row["packets"] = at == by_name_.end() ? 0 : at->second->packets;
    row["bytes"] = at == by_name_.end() ? 0 : at->second->bytes;
  }

 private:
  std::map<std::string, const ObjectCount*> by_name_;
};

json default_row() {
  return {{"name", "default"}, {"from", {"*"}},      {"to", {"*"}},      {"action", "drop"},
          {"flows", nullptr},  {"packets", nullptr}, {"bytes", nullptr}, {"line", nullptr}};
}

json protocols_of(const Forward& forward) {
  std::vector<std::string> names;
  for (const uint8_t protocol : forward.protocols) names.push_back(protocol_name(protocol));
  return join(names, ",");
}

std::string ports_of(const Forward& forward) {
  std::vector<std::string> ranges;
  for (const PortRange& range : forward.ports) ranges.push_back(range.to_string());
  return join(ranges, ",");
}

std::string target_of(const Forward& forward) {
  std::string address = forward.to.to_string();
  if (!forward.to_port) return address;
  return (forward.to.is_ipv4() ? address : "[" + address + "]") + ":" + std::to_string(*forward.to_port);
}

std::string listen_of(const Forward& forward) {
  const auto* address = std::get_if<IpAddress>(&forward.listen);
  return address ? address->to_string() : std::get<std::string>(forward.listen);
}

// How many connections are half open towards the targets of the forward; null where none are counted.
json half_open_of(const Forward& forward, uint16_t vrf, const std::vector<TargetUse>& targets) {
  if (!forward.half_open) return nullptr;
  uint64_t sum = 0;
  uint32_t offset = 0;
  for (const PortRange& range : forward.ports) {
    const uint32_t first = forward.to_port ? *forward.to_port + offset : range.first;
    for (const TargetUse& target : targets)
      if (target.address == forward.to && target.vrf == vrf && target.port >= first &&
          target.port - first < range.size())
        sum += target.half_open;
    offset += range.size();
  }
  return sum;
}

json source_of(const AddressMatch& match) {
  if (match.any()) return nullptr;
  std::vector<std::string> parts = match.sets;
  for (const Prefix& prefix : match.prefixes) parts.push_back(prefix.to_string());
  return join(parts, ",");
}

}   // namespace

Result<json> show_policies(Gateway& gateway) {
  json rows = json::array();
  const auto objects = TRY(gateway.engine().objects());
  const Counts counts(objects, SL_OBJECT_POLICY);
  if (gateway.current())
    for (const Policy& policy : gateway.current()->document.policies) {
      json row = {{"name", policy.name},
                  {"from", policy.from},
                  {"to", policy.to},
                  {"action", action_name(policy.action)},
                  {"line", policy.line}};
      counts.add_to(row, policy.name);
      rows.push_back(std::move(row));
    }
  rows.push_back(default_row());
  return json{{"policies", std::move(rows)}};
}

Result<json> show_forwards(Gateway& gateway) {
  json rows = json::array();
  const auto objects = TRY(gateway.engine().objects());
  const Counts counts(objects, SL_OBJECT_FORWARD);
  const auto targets = TRY(gateway.engine().half_open_targets());
  if (gateway.current())
    for (const Forward& forward : gateway.current()->document.forwards) {
      if (forward.service) continue;   // show_services() has it
      json row = {
          {"name", forward.name},       {"listen", listen_of(forward)}, {"protocol", protocols_of(forward)},
          {"ports", ports_of(forward)}, {"to", target_of(forward)},     {"source", source_of(forward.source)},
          {"state", "active"},          {"line", forward.line}};
      const uint16_t vrf = vrf_number(gateway.current()->document, forward.vrf);
      row["half_open"] = half_open_of(forward, vrf, targets);
      counts.add_to(row, forward.name);
      rows.push_back(std::move(row));
    }
  return json{{"forwards", std::move(rows)}};
}

}   // namespace sluice
