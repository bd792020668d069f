// SPDX-License-Identifier: GPL-2.0-or-later
#include <span>
#include <type_traits>

#include "base/fnv.hpp"
#include "compile/common/service_blocks.hpp"

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
  // What a service leads to has a digest of its own.
  void add_rows(const std::vector<sl_backend_row>&) {}
  void add_rows(const Rows<sl_forward_key, sl_forward>& rows) {
    const uint64_t size = rows.size();
    add(&size, sizeof(size));
    for (const auto& [key, value] : rows) {
      sl_forward row = value;
      if ((row.flags & SL_FORWARD_SERVICE) && row.object)
        row.backends = row.members = row.turns = row.balance = 0;
      add(&key, sizeof(key));
      add(&row, sizeof(row));
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

uint64_t digest_of_service(const ServiceInFamily& service, const BlockView& block) {
  const uint32_t head[] = {service.object, service.family == Family::kIpv4 ? 4u : 6u, block.members,
                           block.turns, block.balance};
  return fnv_words(fnv_words(kFnvStart, head, sizeof(head)), block.rows.data(), block.rows.size_bytes());
}

uint64_t digest_of(const NumberedRules& rows) {
  uint64_t sum = digest_without_services(rows);
  for (const auto& [service, block] : blocks_of(rows)) sum += digest_of_service(service, block);
  return sum + rows.policies->opened.digest;
}

uint64_t digest_without_services(const NumberedRules& rows) {
  Fnv fnv;
  fnv.add(&rows.header, sizeof(rows.header));
  fnv.add_rows(rows.interfaces);
  fnv.add_rows(rows.tx_ports);
  fnv.add(&rows.policies->digest, sizeof(rows.policies->digest));
  for (const auto& [key, row] : rows.forwards)   // of those that nobody counts
    if ((row.flags & SL_FORWARD_SERVICE) && !row.object) {
      const auto block = block_at(row, rows.backends).rows;
      fnv.add(block.data(), block.size_bytes());
    }
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
