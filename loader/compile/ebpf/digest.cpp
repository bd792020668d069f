// SPDX-License-Identifier: GPL-2.0-or-later
#include <span>
#include <type_traits>

#include "base/fnv.hpp"
#include "compile/common/numbered_rules.hpp"

namespace sluice {
namespace {

class Fnv {
 public:
  void add(const void* data, size_t size) { sum_ = fnv_words(sum_, data, size); }
  // Rows are trivially copyable and zero-initialised, so their padding is equal too.
  template <class T>
  void add_rows(const std::vector<T>& rows) {
    const uint64_t size = rows.size();
    add(&size, sizeof(size));
    add(rows.data(), rows.size() * sizeof(T));
  }
  template <class K, class V>
  void add_rows(const Rows<K, V>& rows) {
    const uint64_t size = rows.size();
    add(&size, sizeof(size));
    for (const auto& [key, value] : rows) {
      add(&key, sizeof(key));
      add(&value, sizeof(value));
    }
  }
  uint64_t sum() const { return sum_; }

 private:
  uint64_t sum_ = kFnvStart;
};

}   // namespace

uint64_t digest_of_rows(const PolicyTables& policies) {
  Fnv fnv;
  fnv.add_rows(policies.bits);
  fnv.add_rows(policies.source);
  fnv.add_rows(policies.dest);
  fnv.add_rows(policies.service);
  return fnv.sum();
}

uint64_t digest_of(const NumberedRules& rules) {
  Fnv fnv;
  fnv.add(&rules.header, sizeof(rules.header));
  fnv.add_rows(rules.interfaces);
  fnv.add_rows(rules.tx_ports);
  fnv.add_rows(rules.zone_pairs);
  fnv.add(&rules.policies->digest, sizeof(rules.policies->digest));
  fnv.add_rows(rules.policy_rules);
  fnv.add_rows(rules.set_members);
  fnv.add_rows(rules.local_addr);
  fnv.add_rows(rules.forwards);
  fnv.add_rows(rules.static_in);
  fnv.add_rows(rules.static_out);
  fnv.add_rows(rules.vrf_through);
  fnv.add_rows(rules.vlans);
  fnv.add_rows(rules.tunnels);
  fnv.add_rows(rules.masquerades);
  fnv.add_rows(rules.pools);
  fnv.add_rows(rules.limits);
  fnv.add_rows(rules.limit_bits);
  fnv.add_rows(rules.limit_rows);
  fnv.add_rows(rules.limit_addresses);
  fnv.add_rows(rules.limit_service);
  fnv.add_rows(rules.limit_forwards);
  fnv.add_rows(rules.limit_sets);
  fnv.add(rules.timeouts.data(), sizeof(rules.timeouts));
  fnv.add(&rules.flows_per_host, sizeof(rules.flows_per_host));
  for (const ObjectRow& object : rules.objects) {
    fnv.add(&object.number, sizeof(object.number));
    fnv.add(object.name.data(), object.name.size());
  }
  for (const std::string& zone : rules.zones) fnv.add(zone.data(), zone.size() + 1);
  return fnv.sum();
}

}   // namespace sluice
