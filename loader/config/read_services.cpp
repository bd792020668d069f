// SPDX-License-Identifier: GPL-2.0-or-later
// Underlays, and services with their backends; what they lead to stands in expand_services.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "config/address_values.hpp"
#include "config/complaints.hpp"
#include "config/network_values.hpp"
#include "config/read.hpp"
#include "config/target.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kUnderlayKeys[] = {"zone"};
constexpr std::string_view kServiceKeys[] = {"listen", "protocol",     "ports",  "backends",       "balance",
                                             "health", "on_down",      "sticky", "sticky_timeout", "source",
                                             "vrf",    "network_mode", "grace",  "source_prefix"};
constexpr std::string_view kBackendKeys[] = {"name", "weight", "drain"};
constexpr std::string_view kServiceProtocols[] = {"tcp", "udp"}, kStickies[] = {"source"};
constexpr std::string_view kBalances[] = {"round-robin", "least-connections", "maglev", "latency"};
constexpr std::string_view kOnDown[] = {"leave", "reset"};
constexpr std::string_view kPrefer = "prefer:";

std::vector<std::string> names_of_underlays(const Draft& draft) {
  std::vector<std::string> names;
  for (const auto& underlay : draft.underlays) names.push_back(underlay.value.name);
  return names;
}

bool is_underlay(std::string_view name, const Draft& draft) {
  return std::ranges::any_of(draft.underlays, [&](const auto& one) { return one.value.name == name; });
}

void complain_about_underlay(std::string_view name, const Node& node, const Draft& draft) {
  const auto known = names_of_underlays(draft);
  auto remedy = draft.complaints.full() ? "" : suggest(name, known, "underlays of the document");
  if (known.empty()) remedy = R"(describe it under "underlays")";
  draft.complaints.say(node, fmt::format("unknown underlay {}", quote(name)), std::move(remedy));
}

// Keys of a backend are its own and the names of underlays.
bool may_be_underlay(const Node& node, Draft& draft) {
  if (!check_name(node.key, node, true, draft.complaints)) return false;
  if (std::ranges::find(kBackendKeys, node.key) == std::end(kBackendKeys)) return true;
  draft.complaints.say_about_key(node, fmt::format("{} is a key of every backend", quote(node.key)),
                                 "another name");
  return false;
}

void read_underlay(const Node& node, Draft& draft) {
  const bool good = may_be_underlay(node, draft);
  const Members members(node, kUnderlayKeys, draft.complaints);
  const Node* zone = members.require("zone");
  ServiceUnderlay underlay{std::string(node.key), zone ? read_own_zone(*zone, draft) : "",
                           draft.complaints.line_of(node)};
  if (!underlay.zone.empty()) draft.zone_names.push_back({zone->text, zone, false});
  if (good) draft.underlays.push_back({std::move(underlay), &node});
}

void read_balance(const Node& node, PublishedService& service, Draft& draft) {
  const auto text = read_string(node, draft.complaints);
  if (!text) return;
  const auto* at = std::ranges::find(kBalances, *text);
  if (at != std::end(kBalances)) {
    service.balance = static_cast<Balance>(at - kBalances);
  } else if (text->starts_with(kPrefer)) {
    service.prefer = text->substr(kPrefer.size());
    if (!is_underlay(service.prefer, draft)) complain_about_underlay(service.prefer, node, draft);
  } else {
    draft.complaints.say(node, fmt::format("{} is not a way to balance", quote(*text)),
                         R"("round-robin", "least-connections", "maglev", "latency" or "prefer:UNDERLAY")");
  }
}

void check_balance_by_latency(const Members& members, const PublishedService& service, Draft& draft) {
  if (service.balance != Balance::kLatency || service.health.type != CheckType::kNone) return;
  draft.complaints.say(*members.find("balance"), "\"latency\" needs health checks, whose answers it measures",
                       R"("health": {"type": "tcp"}, or another balance)");
}

void read_sticky(const Node& node, PublishedService& service, Draft& draft) {
  if (!read_word(node, kStickies, draft.complaints)) return;
  service.by_source = true;
  const bool by_load = service.balance == Balance::kLeastConnections;
  if (!by_load && service.balance != Balance::kLatency) return;
  draft.complaints.say(node,
                       by_load ? "a source stays with its backend, however many connections that has"
                               : "a source stays with its backend, however slow that is",
                       R"("balance": "maglev", or no "sticky")");
}

void read_sticky_timeout(const Node& node, PublishedService& service, Draft& draft) {
  service.sticky_for = read_duration(node, draft.complaints, false).value_or(service.sticky_for);
  if (!service.by_source)
    draft.complaints.say(node, "no source stays with a backend", R"("sticky": "source")");
}

void read_on_down(const Node& node, PublishedService& service, Draft& draft) {
  const auto word = read_word(node, kOnDown, draft.complaints);
  service.resets_on_down = word == 1;
  if (word && service.health.type == CheckType::kNone)
    draft.complaints.say(node, "nobody asks its backends how they are", R"("health": {"type": "tcp"})");
}

std::optional<Drain> read_drain(const Node& node, Draft& draft) {
  if (node.kind != Kind::kBoolean) {
    const auto until = read_time(node, draft.complaints);
    return until ? std::optional(Drain{until}) : std::nullopt;
  }
  return read_bool(node, draft.complaints).value_or(false) ? std::optional(Drain{}) : std::nullopt;
}

// One port stays one: a service of several ports leads each to the same port of the backend.
void check_ports_of(const Node& node, const Target& target, const PublishedService& service,
                    Complaints& complaints) {
  uint32_t ports = 0;
  for (const PortRange& range : service.ports) ports += range.size();
  if (!target.ports || ports == 0) return;
  if (target.is_range)
    complaints.say(node, "a range of ports, where one port is meant", "one port, or none");
  else if (ports > 1)
    complaints.say(node,
                   fmt::format("one port, but the service has {}, which it leads to the same ones", ports),
                   "the address without a port");
}

void read_address(const Node& node, const PublishedService& service, Backend& backend, Draft& draft) {
  if (!is_underlay(node.key, draft)) {
    if (draft.complaints.full()) return;
    auto known = names_of_underlays(draft);
    for (const auto key : kBackendKeys) known.emplace_back(key);
    draft.complaints.say_about_key(node, fmt::format("{} is neither a key nor an underlay", quote(node.key)),
                                   suggest(node.key, known, "known"));
    return;
  }
  const auto target = read_target(node, draft.complaints);
  if (!target) return;
  check_ports_of(node, *target, service, draft.complaints);
  const uint16_t port = target->ports ? target->ports->first : uint16_t{0};
  backend.addresses.emplace_back(node.key, Endpoint{target->address, port});
}

void check_targets_differ(const Node& node, const Backend& backend, const PublishedService& service,
                          Draft& draft) {
  for (const Backend& other : service.backends)
    for (const auto& [underlay, address] : backend.addresses)
      for (const auto& [there, taken] : other.addresses)
        if (address == taken)
          draft.complaints.say(*node.member(underlay),
                               fmt::format("{} is that of backend {} on line {}", to_string(address),
                                           quote(other.name), other.line),
                               "each backend has an address of its own");
}

// What is no key of its own is meant as an address, and has been complained of where it is none.
bool read_addresses(const Node& node, const PublishedService& service, Backend& backend, Draft& draft) {
  bool is_meant = false;
  for (const Node& member : node.children()) {
    if (std::ranges::find(kBackendKeys, member.key) != std::end(kBackendKeys)) continue;
    is_meant = true;
    read_address(member, service, backend, draft);
  }
  if (!is_meant)
    draft.complaints.say(node, "a backend without an address",
                         R"(one by the name of an underlay: "wireguard": "10.1.4.2:80")");
  return !backend.addresses.empty();
}

void read_backend(const Node& node, Names& names, PublishedService& service, Draft& draft) {
  if (!expect_kind(node, Kind::kObject, draft.complaints)) return;
  Backend backend{.name = names.read(node), .line = draft.complaints.line_of(node)};
  if (const Node* weight = node.member("weight"))
    backend.weight = read_count(*weight, 1, kMostWeight, draft.complaints).value_or(1);
  if (const Node* drain = node.member("drain")) backend.drain = read_drain(*drain, draft);
  if (!read_addresses(node, service, backend, draft)) return;
  check_targets_differ(node, backend, service, draft);
  service.backends.push_back(std::move(backend));
}

void read_backends(const Node& node, PublishedService& service, Draft& draft) {
  Names names(draft.complaints);
  const Items items = read_list(node, draft.complaints);
  for (const Node* item : items) read_backend(*item, names, service, draft);
  if (node.kind == Kind::kList && items.size() == 0)
    draft.complaints.say(node, "the list is empty", "name at least one backend");
  limit_count(node, items.size(), kMostBackends, "backends", draft.complaints);
}

void read_what_is_asked(const Members& members, PublishedService& service, Draft& draft) {
  if (const Node* listen = members.require("listen"))
    for (const Node* item : read_one_or_list(*listen, draft.complaints))
      if (auto one = read_listen(*item, draft)) service.listen.push_back(std::move(*one));
  service.protocols = read_forward_protocols(members.find("protocol"), draft);
  if (const Node* ports = members.require("ports")) service.ports = read_ports(*ports, draft.complaints);
  if (const Node* source = members.find("source")) service.source = read_match(*source, draft);
}

void read_service_of(const Node& node, const std::string& mode, Draft& draft) {
  const bool good = check_name(node.key, node, true, draft.complaints);
  const Members members(node, kServiceKeys, draft.complaints);
  if (node.kind != Kind::kObject) return;
  PublishedService service{.name = std::string(node.key),
                           .line = draft.complaints.line_of(node),
                           .begin = node.begin,
                           .end = node.end};
  read_what_is_asked(members, service, draft);
  if (const Node* balance = members.find("balance")) read_balance(*balance, service, draft);
  if (const Node* sticky = members.find("sticky")) read_sticky(*sticky, service, draft);
  if (const Node* timeout = members.find("sticky_timeout")) read_sticky_timeout(*timeout, service, draft);
  if (const Node* health = members.find("health")) service.health = read_health(*health, draft);
  check_balance_by_latency(members, service, draft);
  if (const Node* on_down = members.find("on_down")) read_on_down(*on_down, service, draft);
  if (const Node* grace = members.find("grace"))
    service.grace = read_duration(*grace, draft.complaints, true).value_or(kGrace);
  if (const Node* prefix = members.find("source_prefix"))
    service.source_prefix = read_prefix_of_ipv4(*prefix, R"(such as "2001:db8:64::/96")", draft.complaints);
  const Node* own = members.find("network_mode");
  service.mode = own ? read_mode(*own, draft) : mode;
  service.vrf = read_vrf_name(members, "vrf", draft);
  if (const Node* backends = members.require("backends")) read_backends(*backends, service, draft);
  if (good) draft.services.push_back({std::move(service), &node});
}

}   // namespace

std::string read_mode(const Node& node, Draft& draft) {
  const auto text = read_string(node, draft.complaints);
  if (!text || *text == kEveryUnderlay) return {};
  std::string name(text->ends_with(kOnly) ? text->substr(0, text->size() - kOnly.size()) : "");
  if (is_underlay(name, draft)) return name;
  if (!name.empty()) {
    complain_about_underlay(name, node, draft);
    return {};
  }
  std::vector<std::string> modes{quote(kEveryUnderlay)};
  for (const std::string& known : names_of_underlays(draft))
    modes.push_back(quote(known + std::string(kOnly)));
  draft.complaints.say(node, fmt::format("{} says of no underlay that it carries", quote(*text)),
                       join(modes, ", "));
  return {};
}

void read_underlays(const Node& node, Draft& draft) {
  if (!expect_kind(node, Kind::kObject, draft.complaints)) return;
  for (const Node& member : node.children()) read_underlay(member, draft);
  limit_count(node, draft.underlays.size(), kMostUnderlays, "underlays", draft.complaints);
}

void read_services(const Node& node, const std::string& mode, Draft& draft) {
  if (!expect_kind(node, Kind::kObject, draft.complaints)) return;
  for (const Node& member : node.children()) read_service_of(member, mode, draft);
}

}   // namespace sluice::config
