// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/ebpf/mentions.hpp"

#include <string_view>
#include <unordered_map>

namespace sluice {
namespace {

uint32_t new_list(Mentions& mentions, std::vector<uint32_t> policies) {
  mentions.lists.push_back(std::move(policies));
  return static_cast<uint32_t>(mentions.lists.size() - 1);
}

void mention(Mentions& mentions, const std::vector<Prefix>& prefixes, uint32_t list) {
  for (const Prefix& prefix : prefixes)
    (prefix.address.is_ipv4() ? mentions.ipv4 : mentions.ipv6)
        .push_back({{prefix.address.bytes(), prefix.mapped_length()}, list});
}

}   // namespace

Mentions mentions_of_addresses(const Document& document, Side side) {
  Mentions mentions;
  std::unordered_map<std::string_view, uint32_t> lists;   // of sets
  const auto list_of = [&](const std::string& set) {
    const auto [at, is_new] = lists.try_emplace(set, 0);
    if (!is_new) return at->second;
    at->second = new_list(mentions, {});
    if (const auto members = document.sets.find(set); members != document.sets.end())
      mention(mentions, members->second, at->second);
    return at->second;
  };
  for (uint32_t i = 0; i < document.policies.size(); ++i) {
    const AddressMatch& wanted = document.policies[i].*side;
    if (wanted.any()) mentions.lists[Mentions::kAnything].push_back(i);
    mentions.differs |= !wanted.any();   // also when a set is empty, which matches nothing
    if (!wanted.prefixes.empty()) mention(mentions, wanted.prefixes, new_list(mentions, {i}));
    for (const std::string& set : wanted.sets) mentions.lists[list_of(set)].push_back(i);
  }
  return mentions;
}

Mentions mentions_of_services(const Document& document) {
  Mentions mentions;
  for (uint32_t i = 0; i < document.policies.size(); ++i) {
    const Policy& policy = document.policies[i];
    if (policy.protocols.empty()) {
      mentions.lists[Mentions::kAnything].push_back(i);
      continue;
    }
    mentions.differs = true;
    const uint32_t list = new_list(mentions, {i});
    for (const ServiceKey& key : services_of(policy.protocols, policy.ports))
      mentions.services.push_back({key, list});
  }
  return mentions;
}

}   // namespace sluice
