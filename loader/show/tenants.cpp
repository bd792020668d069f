// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/queues.hpp"
#include "model/limit.hpp"
#include "model/sharer.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr std::string_view kOthers = "others";   // no VRF: a VRF's device would have that name

std::string name_of(const Sharer& sharer) {
  if (sharer.pod) return pod_set(sharer.pod->name);
  return sharer.vrf ? sharer.vrf->name : std::string(kOthers);
}

json row_of(const std::string& name, const std::string& interface, const QueueClass& share,
            const QueueCount& count) {
  return {{"name", name},
          {"interface", interface},
          {"guaranteed", bits_to_string(share.guaranteed * 8)},
          {"guaranteed_bits_per_second", share.guaranteed * 8},
          {"maximum", bits_to_string(share.maximum * 8)},
          {"maximum_bits_per_second", share.maximum * 8},
          {"sent_packets", count.packets},
          {"sent_bytes", count.bytes},
          {"dropped_packets", count.dropped_packets},
          {"waiting_packets", count.waiting_packets},
          {"waiting_bytes", count.waiting_bytes}};
}

Result<> add_rows(Gateway& gateway, const Interface& interface, const Observed& observed, json& rows) {
  const auto queues = observed.queues.find(interface.name);
  if (queues == observed.queues.end()) return {};
  std::map<uint16_t, QueueCount> counts;
  for (QueueCount& count : TRY(count_queues(gateway.rtnl(), observed.links.at(interface.name).index)))
    counts[count.number] = std::move(count);
  for (const QueueClass& share : queues->second.classes)
    rows.push_back(row_of(name_of(sharer_of(gateway.current()->document, interface, share.number)),
                          interface.name, share, counts[share.number]));
  return {};
}

}   // namespace

Result<json> show_tenants(Gateway& gateway) {
  json rows = json::array();
  if (!gateway.current()) return json{{"tenants", std::move(rows)}};
  const Observed observed = TRY(gateway.observe());
  for (const Interface& interface : gateway.current()->document.interfaces)
    TRY(add_rows(gateway, interface, observed, rows));
  return json{{"tenants", std::move(rows)}};
}

}   // namespace sluice
