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
  const sl_config& config = *tables.config.operator->();
  return tuple.family == 4 ? tables.flows4.find(key4_of(tuple), config)
                           : tables.flows6.find(key6_of(tuple), config);
}

}   // namespace sluice
