// SPDX-License-Identifier: GPL-2.0-or-later
#include "quotas.hpp"

#include <fmt/format.h>

#include <map>

namespace sluice::test {
namespace {

struct QuotaCounts {
  std::map<std::string, uint32_t> hosts, vrfs;
  uint32_t mappings = 0, mappers = 0;
  bool operator==(const QuotaCounts&) const = default;
};

std::string host_of_quota(sl_addr address, uint32_t vrf, uint32_t masquerade) {
  if (!address_of(address).is_ipv4()) address.w[2] = address.w[3] = 0;
  return fmt::format("{} {} {}", address_of(address).to_string(), vrf, masquerade);
}

QuotaCounts wanted_quotas(Lab& lab, const std::vector<FlowRow>& rows) {
  QuotaCounts wanted;
  for (const MappingRow& row : mapping_rows(lab, "nat_outside")) {
    const sl_mapping& m = row.value;
    if (!is_live(m)) continue;
    if (m.flags & SL_MAPPING_COUNTED)
      ++wanted.hosts[host_of_quota(m.other.address, m.other.vrf, m.masquerade)];
    if (m.flags & SL_MAPPING_SHARED) ++wanted.vrfs[std::to_string(m.other.vrf)], ++wanted.mappings;
  }
  for (const FlowRow& row : rows)
    if (row.flow.holds & SL_HOLDS_COUNT)
      ++wanted.hosts[host_of_quota(row.tuple.source, row.tuple.vrf, row.flow.nat)];
  wanted.mappers = static_cast<uint32_t>(wanted.vrfs.size());
  return wanted;
}

template <class Key, class Row, class Each>
void each_row(Lab& lab, const char* map, Each each) {
  (void)BpfMap<Key, Row>(map, UniqueFd(dup(lab.map(map)))).for_each(each);
}

QuotaCounts counted_quotas(Lab& lab) {
  QuotaCounts counted;
  each_row<sl_host_key, uint32_t>(lab, "host_mappings", [&](const sl_host_key& host, uint32_t mappings) {
    counted.hosts[host_of_quota(host.inside, host.vrf, host.masquerade)] = mappings;
  });
  each_row<uint32_t, sl_tenant>(lab, "tenant_flows", [&](uint32_t number, const sl_tenant& row) {
    if (row.mappings) counted.vrfs[std::to_string(number & 0xffff)] = row.mappings;
  });
  each_row<uint32_t, sl_hand>(lab, "flow_hands", [&](uint32_t, const sl_hand& hand) {
    counted.mappings += hand.mappings;
    counted.mappers += hand.mappers;
  });
  return counted;
}

std::string text_of_quotas(const QuotaCounts& counts) {
  std::string text = fmt::format("{} mappings of {} VRFs", counts.mappings, counts.mappers);
  for (const auto& [vrf, count] : counts.vrfs) text += fmt::format(", VRF {}: {}", vrf, count);
  for (const auto& [host, count] : counts.hosts) text += fmt::format(", {}: {}", host, count);
  return text;
}

}   // namespace

std::string quota_flaws(Lab& lab, const std::vector<FlowRow>& rows) {
  const QuotaCounts wanted = wanted_quotas(lab, rows), is = counted_quotas(lab);
  return wanted == is
             ? ""
             : fmt::format("counted: {}; there are: {}; ", text_of_quotas(is), text_of_quotas(wanted));
}

}   // namespace sluice::test
