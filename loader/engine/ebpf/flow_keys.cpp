// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/flow_keys.hpp"

#include <cstring>

namespace sluice {

sl_flow4_key key4_of(const sl_tuple& t) {
  return {t.source.w[3], t.destination.w[3], t.source_port, t.destination_port, t.vrf, t.protocol, 0};
}

sl_flow6_key key6_of(const sl_tuple& t) {
  sl_flow6_key key{};
  std::memcpy(key.source, t.source.w, sizeof(key.source));
  std::memcpy(key.destination, t.destination.w, sizeof(key.destination));
  key.source_port = t.source_port;
  key.destination_port = t.destination_port;
  key.vrf = t.vrf;
  key.protocol = t.protocol;
  return key;
}

Result<std::optional<sl_flow>> find_flow(const Tables& tables, const sl_tuple& tuple) {
  return tuple.family == 4 ? tables.flows4.find(key4_of(tuple)) : tables.flows6.find(key6_of(tuple));
}

int insert_flow(Tables& tables, const FlowRow& row) {
  if (row.tuple.family == 4) {
    const sl_flow4_key key = key4_of(row.tuple);
    return bpf_map_update_elem(tables.flows4.fd(), &key, &row.flow, BPF_NOEXIST);
  }
  const sl_flow6_key key = key6_of(row.tuple);
  return bpf_map_update_elem(tables.flows6.fd(), &key, &row.flow, BPF_NOEXIST);
}

Result<> remove_flow(Tables& tables, const sl_tuple& tuple) {
  return tuple.family == 4 ? tables.flows4.remove(key4_of(tuple)) : tables.flows6.remove(key6_of(tuple));
}

}   // namespace sluice
