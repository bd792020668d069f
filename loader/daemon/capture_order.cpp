// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/capture_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "compile/common/drop_reason.hpp"
#include "maps/counters.h"
#include "maps/rules.h"
#include "model/endpoints.hpp"

namespace sluice {
namespace {

using Lines = std::map<std::string, int, std::less<>>;

std::unexpected<Error> no_such(std::string_view kind, const std::string& name,
                               const std::vector<std::string>& known) {
  const auto meant = did_you_mean(name, known);
  return fail(fmt::format("there is no {} \"{}\"{}", kind, name,
                          meant ? fmt::format(", did you mean \"{}\"?", *meant) : ""),
              ErrorKind::kUsage);
}

template <class Objects>
Lines lines_of(const Objects& objects) {
  Lines lines;
  for (const auto& one : objects) lines.emplace(one.name, one.line);
  return lines;
}

// What is counted for a rule, and where it stands: by the kind that it is counted as.
struct RuleKind {
  uint8_t kind;
  const char* called;
  Lines lines;
};

std::vector<RuleKind> kinds_of(const Document& document) {
  return {{SL_OBJECT_POLICY, "policy", lines_of(document.policies)},
          {SL_OBJECT_MASQUERADE, "masquerade", lines_of(document.masquerades)},
          {SL_OBJECT_STATIC, "static mapping", lines_of(document.static_mappings)},
          {SL_OBJECT_FORWARD, "forward", lines_of(document.forwards)},
          {SL_OBJECT_LIMIT_EXCEEDED, "limit", lines_of(document.limits)},
          {SL_OBJECT_SERVICE, "service", lines_of(document.services)},
          {SL_OBJECT_BACKEND, "backend", lines_of(document.services)}};
}

// A backend is named behind its service: "web/vm7/wireguard".
std::string_view service_of(std::string_view name) { return name.substr(0, name.find('/')); }

std::map<uint32_t, CapturedRule> rules_of(const Document& document, const std::vector<ObjectCount>& objects) {
  const std::vector<RuleKind> kinds = kinds_of(document);
  std::map<uint32_t, CapturedRule> rules;
  for (const ObjectCount& object : objects) {
    const auto kind = std::ranges::find(kinds, object.kind, &RuleKind::kind);
    if (kind == kinds.end()) continue;
    const auto line = kind->lines.find(object.kind == SL_OBJECT_BACKEND ? service_of(object.name)
                                                                        : std::string_view(object.name));
    rules.emplace(object.number,
                  CapturedRule{kind->called, object.name, line == kind->lines.end() ? 0 : line->second});
  }
  return rules;
}

std::map<uint32_t, CapturedDevice> devices_of(const Document& document, const Observed& observed) {
  std::map<uint32_t, CapturedDevice> devices;
  const auto add = [&](const std::string& name, const std::string& zone) {
    if (const auto at = observed.links.find(name); at != observed.links.end())
      devices.emplace(at->second.index, CapturedDevice{name, zone, at->second.mtu, at->second.has_ethernet});
  };
  for (const Interface& interface : document.interfaces) add(interface.name, interface.zone);
  for (const auto& [name, link] : observed.links) add(name, "");   // what carries VLANs and tunnels
  return devices;
}

Result<CaptureNames> names_of(Gateway& gateway) {
  const auto& current = *gateway.current();
  const Observed observed = TRY(gateway.observe());
  CaptureNames names{.devices = devices_of(current.document, observed),
                     .rules = rules_of(current.document, TRY(gateway.engine().objects_at_rest()).objects),
                     .zones = {std::string(kHostZone)},
                     .vrfs = {{SL_MAIN_VRF, std::string(kMainVrf)}},
                     .file = current.source.file};
  for (const Zone& zone : current.document.zones) names.zones.push_back(zone.name);
  for (const Vrf& vrf : current.document.vrfs) names.vrfs.emplace(static_cast<uint16_t>(vrf.table), vrf.name);
  return names;
}

bool is_of_forward(const CapturedRule& rule, const std::string& name) {
  if (rule.kind == "backend") return service_of(rule.name) == name;
  return (rule.kind == "forward" || rule.kind == "service") && rule.name == name;
}

Result<> find_forwards(const CaptureRequest& wanted, CaptureOrder& order) {
  for (const std::string& name : wanted.forwards) {
    std::vector<std::string> known;
    const size_t before = order.wish.rules.size();
    for (const auto& [number, rule] : order.names.rules) {
      if (is_of_forward(rule, name)) order.wish.rules.push_back(number);
      if (rule.kind == "forward" || rule.kind == "service") known.push_back(rule.name);
    }
    if (order.wish.rules.size() == before) return no_such("forward", name, known);
  }
  return {};
}

Result<> find_zones(const CaptureRequest& wanted, CaptureOrder& order) {
  const auto& zones = order.names.zones;
  for (const std::string& name : wanted.zones) {
    const auto at = std::ranges::find(zones, name);
    if (at == zones.end()) return no_such("zone", name, zones);
    order.wish.zones.push_back(static_cast<uint16_t>(at - zones.begin()));
  }
  return {};
}

Result<> find_vrfs(const CaptureRequest& wanted, CaptureOrder& order) {
  std::vector<std::string> known;
  for (const auto& [number, name] : order.names.vrfs) known.push_back(name);
  for (const std::string& wished : wanted.vrfs) {
    if (std::ranges::find(known, wished) == known.end()) return no_such("VRF", wished, known);
    for (const auto& [number, name] : order.names.vrfs)
      if (name == wished) order.wish.vrfs.push_back(number);
  }
  return {};
}

Result<> find_reasons(const CaptureRequest& wanted, CaptureOrder& order) {
  std::vector<std::string> known;
  for (uint8_t number = 1; number < SL_DROP_LIMIT; ++number)
    known.push_back(drop_reason(number) ? drop_reason(number)->name() : std::string());
  for (const std::string& name : wanted.reasons) {
    const auto at = std::ranges::find(known, name);
    if (name.empty() || at == known.end()) return no_such("reason to drop a packet", name, known);
    order.wish.reasons.push_back(static_cast<uint8_t>(at - known.begin() + 1));
  }
  return {};
}

// In the words of pcap-filter(7): its addresses, and what is behind it.
std::string words_of(const NetworkEndpoint& endpoint) {
  std::vector<std::string> parts;
  for (const auto& address : {endpoint.address, endpoint.address6})
    if (address) parts.push_back("host " + address->to_string());
  for (const Prefix& route : endpoint.routes) parts.push_back("net " + route.to_string());
  return join(parts, " or ");
}

Result<std::string> filter_of(const CaptureRequest& wanted, const Document& document) {
  std::vector<std::string> ends;
  for (const std::string& name : wanted.endpoints) {
    const auto one = endpoint_called(document, name);
    std::vector<std::string> known;
    for (const EndpointOfNetwork& other : all_endpoints(document)) known.push_back(full_name(other));
    if (!one) return no_such("endpoint", name, known);
    ends.push_back(words_of(*one->endpoint));
    if (ends.back().empty())
      return fail(fmt::format("endpoint \"{}\" has no addresses to know its packets by", name),
                  ErrorKind::kUsage);
  }
  if (ends.empty()) return wanted.filter;
  const std::string by_name = fmt::format("({})", join(ends, " or "));
  return wanted.filter.empty() ? by_name : fmt::format("({}) and {}", wanted.filter, by_name);
}

}   // namespace

Result<CaptureOrder> capture_order(Gateway& gateway, const CaptureRequest& wanted) {
  if (!gateway.current()) return fail(kNoDocument);
  CaptureOrder order{.wish = {.filter = TRY(filter_of(wanted, gateway.current()->document)),
                              .rules = {},
                              .zones = {},
                              .vrfs = {},
                              .reasons = {},
                              .drops = wanted.drops,
                              .report = wanted.report,
                              .lines = wanted.lines,
                              .packets = wanted.packets,
                              .snaplen = wanted.snaplen,
                              .seconds = wanted.seconds,
                              .bytes = wanted.mebibytes << 20},
                     .names = TRY(names_of(gateway))};
  TRY(find_forwards(wanted, order));
  TRY(find_zones(wanted, order));
  TRY(find_vrfs(wanted, order));
  TRY(find_reasons(wanted, order));
  return order;
}

}   // namespace sluice
