// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/capability_uses.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "model/carrying.hpp"
#include "model/zone_pairs.hpp"

namespace sluice {

namespace {

KeyPath pool_of(size_t masquerade) { return {"nat", "masquerade", masquerade, "addresses"}; }

template <class Amount>
std::vector<Use> count_each_pool_range(const Document& document, Amount amount) {
  std::vector<Use> uses;
  for (size_t i = 0; i < document.masquerades.size(); ++i) {
    uint64_t most = 0;
    for (const AddressRange& range : document.masquerades[i].addresses)
      most = std::max<uint64_t>(most, amount(range));
    if (most) uses.push_back({pool_of(i), most});
  }
  return uses;
}

uint64_t ranges_of(const Masquerade& masquerade, Family family) {
  return static_cast<uint64_t>(
      std::count_if(masquerade.addresses.begin(), masquerade.addresses.end(),
                    [&](const AddressRange& range) { return range.first.family() == family; }));
}

// The first 96 bits, which counting up within a range must not change.
bool crosses_96(const AddressRange& range) {
  const auto& first = range.first.bytes();
  return !std::equal(first.begin(), first.begin() + 12, range.last.bytes().begin());
}

}   // namespace

std::vector<Use> count_interfaces(const Document& document) {
  return {{{"interfaces"}, document.interfaces.size()}};
}

std::vector<Use> count_hooks(const Document& document) {
  std::vector<Use> uses;
  for (const Interface& interface : document.interfaces)
    if (interface.hook != HookChoice::kAuto) uses.push_back({{"interfaces", interface.name, "hook"}, 1});
  return uses;
}

// Zones are named where interfaces are.
std::vector<Use> count_zones(const Document& document) { return {{{"interfaces"}, document.zones.size()}}; }

std::vector<Use> count_policies(const Document& document) {
  return {{{"policies"}, document.policies.size()}};
}

std::vector<Use> count_pairs(const Document& document) {
  const KeyPath place{document.policies.empty() ? "interfaces" : "policies"};
  return {{place, passable_zone_pairs(document).size()}};
}

// Said of the longest list, which is where something can be left out.
std::vector<Use> count_rules(const Document& document) {
  const std::array<std::pair<size_t, KeyPath>, 5> lists{{{document.policies.size(), {"policies"}},
                                                         {2 * document.limits.size(), {"limits"}},
                                                         {document.masquerades.size(), {"nat", "masquerade"}},
                                                         {document.static_mappings.size(), {"nat", "static"}},
                                                         {document.forwards.size(), {"nat", "forwards"}}}};
  size_t sum = 0;
  for (const auto& [size, path] : lists) sum += size;
  return {{std::max_element(lists.begin(), lists.end())->second, sum}};
}

std::vector<Use> count_pool_ranges(const Document& document) {
  std::vector<Use> uses;
  for (size_t i = 0; i < document.masquerades.size(); ++i) {
    const Masquerade& masquerade = document.masquerades[i];
    uses.push_back(
        {pool_of(i), std::max(ranges_of(masquerade, Family::kIpv4), ranges_of(masquerade, Family::kIpv6))});
  }
  return uses;
}

std::vector<Use> count_pool_sizes(const Document& document) {
  return count_each_pool_range(document, [](const AddressRange& range) { return range.size(); });
}

std::vector<Use> count_crossings(const Document& document) {
  return count_each_pool_range(document, [](const AddressRange& range) { return crosses_96(range) ? 1 : 0; });
}

// What a document asks of limits.

namespace {

template <class Asks>
std::vector<Use> count_each(const Document& document, std::string_view key, Asks asks) {
  std::vector<Use> uses;
  for (size_t i = 0; i < document.limits.size(); ++i)
    if (asks(document.limits[i])) uses.push_back({{"limits", i, std::string(key)}, 1});
  return uses;
}

}   // namespace

std::vector<Use> count_vrf_keys(const Document& document) {
  return count_each(document, "key", [](const Limit& limit) { return limit.key.kind == LimitKey::kVrf; });
}

std::vector<Use> count_short_bursts(const Document& document) {
  return count_each(document, "burst", [](const Limit& limit) {
    return !limit.rate.packets && limit.burst && *limit.burst < bytes_per_second(limit.rate);
  });
}

// What a document asks of translation and of the tables behind it.

namespace {

// The rules of one list that ask for something by this key.
template <class Rule, class Asks>
std::vector<Use> count_each(const std::vector<Rule>& rules, std::string_view list, std::string_view key,
                            Asks asks) {
  std::vector<Use> uses;
  for (size_t i = 0; i < rules.size(); ++i)
    if (asks(rules[i])) uses.push_back({{"nat", std::string(list), i, std::string(key)}, 1});
  return uses;
}

template <class Asks>
std::vector<Use> count_masquerades(const Document& document, std::string_view key, Asks asks) {
  return count_each(document.masquerades, "masquerade", key, asks);
}

// By its own addresses, or those that an interface of a VRF has.
bool listens_in_vrf(const Document& document, const Forward& forward) {
  const auto* name = std::get_if<std::string>(&forward.listen);
  const auto* address = std::get_if<IpAddress>(&forward.listen);
  return std::ranges::any_of(document.interfaces, [&](const Interface& interface) {
    if (interface.vrf.empty()) return false;
    if (name) return interface.name == *name;
    return std::ranges::any_of(interface.addresses,
                               [&](const InterfaceAddress& own) { return own.address == *address; });
  });
}

}   // namespace

std::vector<Use> count_mappings(const Document& document) {
  return count_masquerades(document, "mapping",
                           [](const Masquerade& m) { return m.mapping == Mapping::kEndpointIndependent; });
}

std::vector<Use> count_filterings(const Document& document) {
  return count_masquerades(document, "filtering", [](const Masquerade& m) {
    return m.filtering != Filtering::kAddressAndPortDependent;
  });
}

std::vector<Use> count_mapping_quotas(const Document& document) {
  return count_masquerades(document, "mappings_per_host",
                           [](const Masquerade& m) { return m.mappings_per_host.has_value(); });
}

std::vector<Use> count_quotas(const Document& document) {
  return count_masquerades(document, "quota", [](const Masquerade& m) { return m.quota.has_value(); });
}

std::vector<Use> count_deterministic(const Document& document) {
  return count_masquerades(document, "deterministic",
                           [](const Masquerade& m) { return m.deterministic.has_value(); });
}

std::vector<Use> count_logs(const Document& document) {
  return count_masquerades(document, "log", [](const Masquerade& m) { return m.log; });
}

std::vector<Use> count_nat_logs(const Document& document) {
  if (!document.nat_log) return {};
  return {{{"nat_log"}, 1}};
}

std::vector<Use> count_checksum_neutral(const Document& document) {
  return count_each(document.static_mappings, "static", "checksum_neutral",
                    [](const StaticMapping& s) { return s.checksum_neutral; });
}

// Said of the forward that goes beyond what there may be.
std::vector<Use> count_half_open(const Document& document) {
  std::vector<Use> uses;
  uint64_t ports = 0;
  for (size_t i = 0; i < document.forwards.size(); ++i) {
    if (!document.forwards[i].half_open) continue;
    for (const PortRange& range : document.forwards[i].ports) ports += range.size();
    uses.push_back({{"nat", "forwards", i, "half_open"}, ports});
  }
  return uses;
}

std::vector<Use> count_vrf_cookies(const Document& document) {
  return count_each(document.forwards, "forwards", "syn_cookies",
                    [&](const Forward& f) { return f.syn_cookies && listens_in_vrf(document, f); });
}

std::vector<Use> count_carriers(const Document& document) {
  if (!all_carry(document.cluster)) return {};
  return {{{"cluster", "role"}, 1}};
}

std::vector<Use> count_backend_vrfs(const Document& document) {
  std::vector<Use> uses;
  for (const PublishedService& service : document.services) {
    const bool apart = std::ranges::any_of(document.forwards, [&](const Forward& forward) {
      return forward.service && forward.name == service.name &&
             std::ranges::any_of(forward.service->members,
                                 [&](const Member& member) { return member.vrf != forward.vrf; });
    });
    if (apart) uses.push_back({{"services", service.name, "backends"}, 1});
  }
  return uses;
}

std::vector<Use> count_nat64(const Document& document) {
  return document.nat64.empty() ? std::vector<Use>{}
                                : std::vector<Use>{{{"nat", "nat64"}, document.nat64.size()}};
}

std::vector<Use> count_sticky_timeouts(const Document& document) {
  std::vector<Use> uses;
  for (const PublishedService& service : document.services)
    if (service.sticky_for.count() > 0) uses.push_back({{"services", service.name, "sticky_timeout"}, 1});
  return uses;
}

// Where each family that is listened on has backends, and the other way round, nothing has to go over.
std::vector<Use> count_other_families(const Document& document) {
  std::vector<Use> uses;
  for (const PublishedService& service : document.services) {
    std::set<Family> listens, leads;
    for (const Forward& forward : document.forwards)
      if (forward.service && forward.name == service.name) listens.insert(forward.to.family());
    for (const Backend& backend : service.backends)
      for (const auto& [underlay, address] : backend.addresses) leads.insert(address.address.family());
    if (listens != leads) uses.push_back({{"services", service.name, "backends"}, 1});
  }
  return uses;
}

std::vector<Use> count_least_connections(const Document& document) {
  std::vector<Use> uses;
  for (const PublishedService& service : document.services)
    if (service.balance == Balance::kLeastConnections)
      uses.push_back({{"services", service.name, "balance"}, 1});
  return uses;
}

std::vector<Use> count_port_rest(const Document& document) {
  if (!document.timeouts.port_rest) return {};
  return {{{"timeouts", "port_rest"}, 1}};
}

std::vector<Use> count_table_sizes(const Document& document) {
  const StateLimits& t = document.tables;
  std::vector<Use> uses;
  for (const auto& [key, size] : {std::pair{"flows", t.flows},
                                  {"mappings", t.mappings},
                                  {"half_open", t.half_open},
                                  {"flows_per_host", t.flows_per_host}})
    if (size) uses.push_back({{"tables", key}, 1});
  return uses;
}

}   // namespace sluice
