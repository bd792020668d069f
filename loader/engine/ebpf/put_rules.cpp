// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/put_rules.hpp"

#include <arpa/inet.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <unordered_set>

#include "compile/common/rows.hpp"
#include "engine/ebpf/bucket_debt.hpp"
#include "engine/ebpf/table_writer.hpp"
#include "maps/drop_reasons.h"
#include "maps/rule_tables.h"

namespace sluice {

namespace {

#define SLUICE_PUT_POLICIES(name, ...) \
  TRY(writer.put(                      \
      #name, rules, [](const auto& all) -> auto& { return all.policies->name; }));
#define SLUICE_PUT(name, ...) TRY(writer.put(#name, rules, &NumberedRules::name));

// The first is always exchanged, which waits through a grace period: rows of the interfaces and the header
// are written in place after it, when nobody reads that slot any more.
Result<> put_tables(TableWriter& writer, const NumberedRules& rules) {
  SL_POLICY_TABLES(SLUICE_PUT_POLICIES, SLUICE_PUT_POLICIES)
  SL_RULE_TABLES(SLUICE_PUT, SLUICE_PUT, SLUICE_PUT)
  return writer.wait();
}

#undef SLUICE_PUT
#undef SLUICE_PUT_POLICIES

// Rows that were there and are no more become zeros; where they are not known, all that could be.
Result<> put_interfaces(Tables& tables, const NumberedRules& rules, uint32_t slot, RulesInForce& known) {
  auto& there = known.interfaces[slot];
  std::map<uint32_t, sl_interface> wanted;
  if (there)
    for (const auto& [index, row] : *there) wanted[index] = {};
  else
    for (uint32_t index = 0; index < SL_MAX_IFINDEX; ++index) wanted[index] = {};
  for (const auto& [index, row] : rules.interfaces) wanted[index] = row;
  std::vector<uint32_t> keys;
  std::vector<sl_interface> rows;
  for (const auto& [index, row] : wanted) {
    keys.push_back(slot * SL_MAX_IFINDEX + index);
    rows.push_back(row);
  }
  there.reset();
  TRY(put_batch("interfaces", tables.interfaces.fd(), keys, rows));
  there = rules.interfaces;
  return {};
}

Result<> add_tx_ports(Tables& tables, const NumberedRules& rules) {
  for (const uint32_t index : rules.tx_ports) TRY(tables.tx_ports.put(index, index));
  return {};
}

sl_object_name row_name(const ObjectRow& object) {
  sl_object_name row{};
  row.kind = object.kind;
  object.name.copy(row.name, sizeof(row.name));   // the longest name fills it, without a NUL
  return row;
}

// A number that belonged to another limit had buckets, which are not the new one's.
Result<> fill_buckets(Tables& tables, std::vector<uint32_t>& numbers) {
  const std::unordered_set<uint32_t> limits(numbers.begin(), numbers.end());
  std::vector<sl_limit_key> others;
  TRY(tables.limit_buckets.for_each([&](const sl_limit_key& key, const sl_bucket&) {
    if (limits.contains(key.limit)) others.push_back(key);
  }));
  for (const sl_limit_key& key : others) TRY(tables.limit_buckets.remove(key));
  std::vector<sl_limit_shared> full(numbers.size());
  return put_batch("limit_shared", tables.limit_shared.fd(), numbers, full);
}

// The packet path makes no rows: whoever sends cannot fill the table.
Result<> fill_endpoints(Tables& tables, const std::vector<uint32_t>& numbers,
                        const std::vector<sl_object_name>& names) {
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i].kind == SL_OBJECT_ENDPOINT) TRY(tables.endpoint_counters.put(numbers[i], {}));
  return {};
}

// New names start at zero; names that are gone give their number back after the switch. How many are new.
Result<size_t> put_names(Tables& tables, const NumberedRules& rules, const ObjectIds& known) {
  std::vector<uint32_t> numbers;
  std::vector<sl_object_name> names;
  for (const ObjectRow& object : rules.objects) {
    const auto at = known.find(ObjectView{object.kind, object.name});
    if (at != known.end() && at->second == object.number) continue;
    numbers.push_back(object.number);
    names.push_back(row_name(object));
  }
  std::vector<sl_object_count> zeros(numbers.size());
  TRY(put_batch("object_counters", tables.object_counters.fd(), numbers, zeros));
  TRY(fill_buckets(tables, numbers));
  TRY(fill_endpoints(tables, numbers, names));
  TRY(put_batch("object_names", tables.object_names.fd(), numbers, names));
  return numbers.size();
}

Result<> forget_old(Tables& tables, const ObjectIds& wanted, const ObjectIds& known) {
  std::unordered_set<uint32_t> numbers;
  for (const auto& [object, number] : wanted) numbers.insert(number);
  for (const auto& [object, number] : known) {
    if (numbers.contains(number)) continue;
    TRY(tables.object_names.remove(number));
    if (object.kind == SL_OBJECT_ENDPOINT) TRY(tables.endpoint_counters.remove(number));
  }
  return {};
}

Result<std::set<uint16_t>> used_slots(Tables& tables, uint32_t now_slot, const RulesInForce& known) {
  std::set<uint16_t> used;
  const auto use = [&](const sl_interface& interface) {
    if (interface.flags & SL_IF_MANAGED) used.insert(interface.slot);
  };
  if (known.interfaces[now_slot])
    for (const auto& [index, row] : *known.interfaces[now_slot]) use(row);
  else
    TRY(tables.interfaces.for_each([&](uint32_t row, const sl_interface& interface) {
      if (row / SL_MAX_IFINDEX == now_slot) use(interface);
    }));
  return used;
}

Result<> zero_counters_of_new_slots(Tables& tables, const NumberedRules& rules,
                                    const std::set<uint16_t>& used) {
  const auto cpus = static_cast<size_t>(libbpf_num_possible_cpus());
  const std::vector<sl_iface_counters> zero(cpus);
  const std::vector<sl_drops> none(cpus);
  for (const auto& [index, interface] : rules.interfaces) {
    if (!(interface.flags & SL_IF_MANAGED) || used.contains(interface.slot)) continue;
    const uint32_t slot = interface.slot;
    bpf_map_update_elem(tables.iface_counters.get(), &slot, zero.data(), BPF_ANY);
    bpf_map_update_elem(tables.drop_counters.get(), &slot, none.data(), BPF_ANY);
  }
  return {};
}

// The high half counts generations and never becomes 0, which means "no rules".
uint32_t next_generation(uint32_t version) {
  const uint32_t generation = SL_GENERATION(version) + 1;
  return (generation > 0xffff ? 2 : generation) << 16 | (version & 0xffff);
}

}   // namespace

Result<> put_rules(const Pins& pins, Tables& tables, std::shared_ptr<const NumberedRules> wanted,
                   uint64_t digest, RulesInForce& known) {
  const NumberedRules& rules = *wanted;
  const uint32_t now = tables.config.version(), next = next_generation(now), slot = SL_SLOT_OF(next);
  if (SL_GENERATION(now) == 0 || known.version != SL_GENERATION(now)) known = {};
  const MapTypes types = TRY(MapTypes::open());
  TableWriter writer(pins, types, slot, known);
  TRY(put_tables(writer, rules));
  TRY(put_interfaces(tables, rules, slot, known));
  TRY(zero_counters_of_new_slots(tables, rules, TRY(used_slots(tables, SL_SLOT_OF(now), known))));
  TRY(add_tx_ports(tables, rules));
  tables.config->rules[slot] = rules.header;
  const SharedObjectIds named = TRY(objects_of(tables, known));
  known.objects = nullptr;   // until all of it is written
  const size_t new_names = TRY(put_names(tables, rules, *named));
  for (size_t i = 0; i < rules.timeouts.size(); ++i)
    tables.config->timeout[i] = rules.timeouts[i] * tables.config->hz;
  tables.config->flows_per_host = rules.flows_per_host;
  tables.config->rules_digest[slot] = digest;
  tables.config.set_version(next);
  // They are in force. What fails here is over when the old debt has run off.
  (void)shorten_debts(tables, rules.limits, known.rules ? &known.rules->limits : nullptr);
  known.version = SL_GENERATION(next);
  known.rules = std::move(wanted);
  const bool same_names = new_names == 0 && rules.objects.size() == named->size();
  SharedObjectIds objects = same_names ? named : ids_of(rules.objects);
  if (!same_names) TRY(forget_old(tables, *objects, *named));
  known.objects = std::move(objects);
  return {};
}

Result<SharedObjectIds> objects_of(Tables& tables, RulesInForce& known) {
  if (known.objects) return known.objects;
  auto objects = std::make_shared<ObjectIds>();
  TRY(tables.object_names.for_each([&](uint32_t number, const sl_object_name& row) {
    (*objects)[{row.kind, std::string(row.name, strnlen(row.name, sizeof(row.name)))}] = number;
  }));
  return known.objects = std::move(objects);
}

Result<RulesBefore> rules_before(Tables& tables) {
  RulesBefore before;
  std::copy_n(tables.config->timeout, before.timeouts.size(), before.timeouts.begin());
  before.flows_per_host = tables.config->flows_per_host;
  TRY(tables.object_names.for_each(
      [&](uint32_t number, const sl_object_name& row) { before.names.emplace(number, row); }));
  return before;
}

// A generation of its own: what was judged by the rules that go is judged again.
Result<> take_rules_back(Tables& tables, const RulesBefore& before) {
  std::vector<uint32_t> others;
  TRY(tables.object_names.for_each([&](uint32_t number, const sl_object_name&) {
    if (!before.names.contains(number)) others.push_back(number);
  }));
  for (const auto& [number, row] : before.names) {
    TRY(tables.object_names.put(number, row));
    if (row.kind == SL_OBJECT_ENDPOINT && !TRY(tables.endpoint_counters.find(number)))
      TRY(tables.endpoint_counters.put(number, {}));
  }
  std::ranges::copy(before.timeouts, tables.config->timeout);
  tables.config->flows_per_host = before.flows_per_host;
  tables.config.set_version(next_generation(tables.config.version()));
  for (const uint32_t number : others) TRY(tables.object_names.remove(number));
  return {};
}

namespace {

struct Order {
  bool operator()(const sl_tunnel_end_key& a, const sl_tunnel_end_key& b) const {
    return std::memcmp(&a, &b, sizeof(a)) < 0;
  }
};
using EndRows = std::map<sl_tunnel_end_key, sl_tunnel_end, Order>;

sl_tunnel_end_key key_of(const TunnelEnd& end) {
  sl_tunnel_end_key key{.ifindex = end.index, .mac = {}, .zero = 0};
  std::copy(end.mac.begin(), end.mac.end(), key.mac);
  return key;
}

sl_tunnel_end row_of(const TunnelEnd& end) {
  sl_tunnel_end row{};
  row.local = row_address(end.local);
  row.remote = row_address(end.remote);
  row.vni = htonl(end.vni << 8);
  row.port = htons(end.port);
  row.family = end.local.is_ipv4() ? 4 : 6;
  row.learned = end.learned;
  return row;
}

// What the packet path writes stands behind.
bool same_end(const sl_tunnel_end& a, const sl_tunnel_end& b) {
  return std::memcmp(&a, &b, offsetof(sl_tunnel_end, version)) == 0;
}

}   // namespace

Result<> put_tunnel_ends(Tables& tables, const std::vector<TunnelEnd>& ends) {
  EndRows wanted, seen;
  for (const TunnelEnd& end : ends)
    if (wanted.size() < SL_MAX_TUNNEL_ENDS) wanted.emplace(key_of(end), row_of(end));
  TRY(tables.tunnel_ends.for_each(
      [&](const sl_tunnel_end_key& key, const sl_tunnel_end& row) { seen.emplace(key, row); }));
  for (const auto& [key, row] : seen)
    if (!wanted.contains(key)) TRY(tables.tunnel_ends.remove(key));
  for (const auto& [key, row] : wanted)
    if (const auto at = seen.find(key); at == seen.end() || !same_end(at->second, row))
      TRY(tables.tunnel_ends.put(key, row));
  return {};
}

}   // namespace sluice
