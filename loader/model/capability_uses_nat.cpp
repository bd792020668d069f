// SPDX-License-Identifier: GPL-2.0-or-later
// What a document asks of translation and of the tables behind it.
#include <algorithm>

#include "model/capability_uses.hpp"

namespace sluice {
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
