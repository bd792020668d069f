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

#define SLUICE_ADD(name, ...) fnv.add_rows(rows.name);

uint64_t digest_of_rows(const PolicyTables& rows) {
  Fnv fnv;
  SL_POLICY_TABLES(SLUICE_ADD, SLUICE_ADD)
  return fnv.sum();
}

uint64_t digest_of(const NumberedRules& rows) {
  Fnv fnv;
  fnv.add(&rows.header, sizeof(rows.header));
  fnv.add_rows(rows.interfaces);
  fnv.add_rows(rows.tx_ports);
  fnv.add(&rows.policies->digest, sizeof(rows.policies->digest));
  SL_RULE_TABLES(SLUICE_ADD, SLUICE_ADD, SLUICE_ADD)
  fnv.add(rows.timeouts.data(), sizeof(rows.timeouts));
  fnv.add(&rows.flows_per_host, sizeof(rows.flows_per_host));
  for (const ObjectRow& object : rows.objects) {
    fnv.add(&object.number, sizeof(object.number));
    fnv.add(object.name.data(), object.name.size());
  }
  for (const std::string& zone : rows.zones) fnv.add(zone.data(), zone.size() + 1);
  return fnv.sum();
}

#undef SLUICE_ADD

}   // namespace sluice
