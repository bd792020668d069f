// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/event_text.hpp"

#include <fmt/format.h>
#include <syslog.h>

#include <algorithm>

#include "base/protocol.hpp"
#include "base/text.hpp"

namespace sluice {
namespace {

using nlohmann::ordered_json;
using std::chrono::system_clock;

struct Kind {
  EventKind kind;
  std::string_view name, id;
  NatEventNumbers numbers;
};

constexpr Kind kKinds[] = {
    {EventKind::kMappingMade, "mapping-made", "c2f9011f9ffe4493bfad9ef9ba9d3be1", {8, 0}},
    {EventKind::kMappingEnded, "mapping-ended", "d4dfd1b3617843bfac284fdb32e6e772", {9, 0}},
    {EventKind::kPortsExhausted, "ports-exhausted", "e3a44c9a0dd748689e7c3ac7992f1808", {12, 0}},
    {EventKind::kHostMappings, "host-mappings", "17fe5945a3904e54a44a6e2ec1ec4bee", {13, 3}},
    {EventKind::kHostFlows, "host-flows", "6200cfa80d5c4919b18c3b2b87cb2eba", {13, 3}},
    {EventKind::kTableFull, "table-full", "416200de62f24ca1a819cf5bc733a447", {13, 1}},
    {EventKind::kHalfOpenFull, "half-open-full", "b512996f17c244f3a6792460a1cdbb00", {13, 1}},
    {EventKind::kMappingsFull, "mappings-full", "610baf0682c0463abca9699e7fefcde2", {13, 2}},
    {EventKind::kTargetHalfOpen, "target-half-open", "f23a30814d944968b541bf84a1f5db57", {0, 0}},
};
constexpr Kind kUnknown{{}, "unknown", "00000000000000000000000000000000", {0, 0}};
constexpr std::string_view kLostId = "19b19272466341779f7408d9450c1ad0";

const Kind& kind_of(EventKind kind) {
  const auto at = std::find_if(std::begin(kKinds), std::end(kKinds), [&](auto& k) { return k.kind == kind; });
  return at == std::end(kKinds) ? kUnknown : *at;
}

std::string endpoint(const IpAddress& address, uint16_t port) {
  const std::string text = address.to_string();
  return address.is_ipv4() ? fmt::format("{}:{}", text, port) : fmt::format("[{}]:{}", text, port);
}

std::string mapping_text(const NatEvent& e, std::string_view outcome) {
  return fmt::format("{} {} is {} outside{}", protocol_name(e.protocol), endpoint(e.inside, e.inside_port),
                     endpoint(e.outside, e.outside_port), outcome);
}

std::string most_text(const NatEvent& e) {
  if (!e.most) return {};
  return fmt::format("; {} has most mappings, {}", e.most->inside.to_string(), with_commas(e.most->mappings));
}

std::string text_of(const NatEvent& e) {
  const std::string host = e.inside.to_string();
  switch (e.kind) {
    case EventKind::kMappingMade: return mapping_text(e, "");
    case EventKind::kMappingEnded: return mapping_text(e, " no more");
    case EventKind::kPortsExhausted:
      if (e.outside.is_unspecified()) return fmt::format("{} is not among the hosts that have ports", host);
      return fmt::format("no {} port of {} is free for {}{}", protocol_name(e.protocol),
                         e.outside.to_string(), host, most_text(e));
    case EventKind::kHostMappings:
      return fmt::format("{} has {} mappings, as many as a host may have", host, with_commas(e.count));
    case EventKind::kHostFlows:
      return fmt::format("{} has {} flows, as many as a host may have", host, with_commas(e.count));
    case EventKind::kTableFull: return fmt::format("no room for another flow, which {} asks for", host);
    case EventKind::kHalfOpenFull:
      return fmt::format("no place for another flow that waits for its answer, which {} asks for", host);
    case EventKind::kMappingsFull: return fmt::format("no room for another mapping, which {} asks for", host);
    case EventKind::kTargetHalfOpen:
      return fmt::format("{} has {} half-open connections, as many as its forward allows",
                         endpoint(e.inside, e.inside_port), with_commas(e.count));
  }
  return fmt::format("event of an unknown kind, {}", static_cast<int>(e.kind));
}

void add_port(ordered_json& fields, std::string_view name, uint16_t port) {
  if (port) fields[std::string(name)] = port;
}

void add_ends(ordered_json& fields, const NatEvent& e) {
  if (e.protocol) fields["protocol"] = protocol_name(e.protocol);
  fields["inside"] = e.inside.to_string();
  add_port(fields, "inside_port", e.inside_port);
  if (!e.outside.is_unspecified()) fields["outside"] = e.outside.to_string();
  add_port(fields, "outside_port", e.outside_port);
}

std::string upper(std::string_view name) {
  std::string text(name);
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}   // namespace

// Who is not among the hosts that have ports finds no address to be translated to.
NatEventNumbers numbers_of(const NatEvent& event) {
  constexpr uint8_t kAddressesExhausted = 3;
  NatEventNumbers numbers = kind_of(event.kind).numbers;
  if (event.kind == EventKind::kPortsExhausted && event.outside.is_unspecified())
    numbers.event = kAddressesExhausted;
  return numbers;
}

EventEntry entry_of(const NatEvent& event) {
  const Kind& kind = kind_of(event.kind);
  const bool ordinary = event.kind == EventKind::kMappingMade || event.kind == EventKind::kMappingEnded;
  EventEntry entry{ordinary ? LOG_INFO : LOG_WARNING, kind.id, text_of(event), {}};
  if (!event.rule.empty()) entry.message = fmt::format("masquerade \"{}\": {}", event.rule, entry.message);
  if (!event.endpoint.empty())
    entry.message = fmt::format("endpoint {}: {}", event.endpoint, entry.message);
  else if (!ordinary && event.vrf)
    entry.message = fmt::format("VRF {}: {}", event.vrf, entry.message);
  ordered_json& fields = entry.fields;
  fields["time"] = rfc3339_milliseconds(event.time);
  fields["event"] = kind.name;
  const NatEventNumbers numbers = numbers_of(event);
  if (numbers.event) fields["nat_event"] = numbers.event;
  if (numbers.quota) fields["nat_quota_exceeded_event"] = numbers.quota;
  add_ends(fields, event);
  if (!event.rule.empty()) fields["masquerade"] = event.rule;
  fields["vrf"] = event.vrf;
  if (const size_t slash = event.endpoint.find('/'); slash != std::string::npos) {
    fields["network"] = event.endpoint.substr(0, slash);
    fields["endpoint"] = event.endpoint.substr(slash + 1);
  }
  if (event.count) fields["count"] = event.count;
  if (event.most) {
    fields["most_inside"] = event.most->inside.to_string();
    fields["most_count"] = event.most->mappings;
  }
  return entry;
}

EventEntry entry_of_lost(uint64_t lost, system_clock::time_point time) {
  EventEntry entry{LOG_WARNING, kLostId, "", {}};
  entry.message = fmt::format("{} event{} found no room in the ring and {} not logged", with_commas(lost),
                              lost == 1 ? "" : "s", lost == 1 ? "is" : "are");
  entry.fields = {{"time", rfc3339_milliseconds(time)}, {"event", "events-lost"}, {"count", lost}};
  return entry;
}

std::string json_line(const EventEntry& entry) {
  ordered_json line = entry.fields;
  line["priority"] = entry.priority == LOG_WARNING ? "warning" : "info";
  line["message"] = entry.message;
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::vector<std::string> journal_fields(const EventEntry& entry) {
  std::vector<std::string> fields = {"MESSAGE=" + entry.message, fmt::format("MESSAGE_ID={}", entry.id),
                                     fmt::format("PRIORITY={}", entry.priority), "SYSLOG_IDENTIFIER=sluiced"};
  for (const auto& [name, value] : entry.fields.items())
    fields.push_back(fmt::format("SLUICE_{}={}", upper(name),
                                 value.is_string() ? value.get<std::string>() : value.dump()));
  return fields;
}

nlohmann::json json_of(const std::vector<NatEvent>& shortages) {
  nlohmann::json rows = nlohmann::json::array();
  for (const NatEvent& event : shortages) {
    const EventEntry entry = entry_of(event);
    rows.push_back(nlohmann::json(entry.fields));
    rows.back()["text"] = entry.message;
  }
  return rows;
}

}   // namespace sluice
