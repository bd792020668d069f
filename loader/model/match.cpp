// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/match.hpp"

#include "model/document.hpp"

namespace sluice {

void add_rule(RuleSet& set, size_t rule) { set[rule / 64] |= uint64_t{1} << (rule % 64); }

void merge(RuleSet& into, const RuleSet& from) {
  for (size_t i = 0; i < into.size(); ++i) into[i] |= from[i];
}

bool contains(const AddressKey& outer, const AddressKey& inner) {
  if (outer.length > inner.length) return false;
  return outer.length == 0 || (wide(outer.bytes) ^ wide(inner.bytes)) >> (128 - outer.length) == 0;
}

bool contains(const ServiceKey& outer, const ServiceKey& inner) {
  return outer.length <= inner.length &&
         (outer.length == 0 || ((outer.bits ^ inner.bits) >> (24 - outer.length)) == 0);
}

std::vector<ServiceKey> services_of(const std::vector<uint8_t>& protocols,
                                    const std::vector<PortRange>& ports) {
  if (protocols.empty()) return {ServiceKey{}};
  std::vector<ServiceKey> keys;
  for (const uint8_t protocol : protocols) {
    const uint32_t high = uint32_t{protocol} << 16;
    if (ports.empty()) keys.push_back({high, 8});
    for (const PortRange& range : ports)
      for (const PortBlock& block : split_into_blocks(range))
        keys.push_back({high | block.value, 8 + block.bits});
  }
  return keys;
}

std::vector<Prefix> resolve(const AddressMatch& match, const Document& document) {
  std::vector<Prefix> prefixes = match.prefixes;
  for (const std::string& name : match.sets) {
    const auto set = document.sets.find(name);
    if (set != document.sets.end()) prefixes.insert(prefixes.end(), set->second.begin(), set->second.end());
  }
  return prefixes;
}

}   // namespace sluice
