// SPDX-License-Identifier: GPL-2.0-or-later
// Containers that are attached: where they lie, what they were given, and what they have sent.
#include <algorithm>

#include "base/protocol.hpp"
#include "base/text.hpp"
#include "kernel/netlink/link_counts.hpp"
#include "kernel/netlink/veth.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

json ports_of_container(const Container& container) {
  json rows = json::array();
  for (const ContainerPort& port : container.ports)
    rows.push_back({{"protocol", protocol_name(port.protocol)},
                    {"host_address", port.host ? json(port.host->to_string()) : json(nullptr)},
                    {"host_port", port.host_port},
                    {"port", port.port}});
  return rows;
}

json text_or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

// Where it asks for names: at its own end of the gateway, if its zone is served.
json resolvers_of(const Document& document, const Container& container) {
  json addresses = json::array();
  const std::string zone = container.pod.empty() ? container.zone : std::string(kPodZone);
  const auto at = std::ranges::find(document.zones, zone, &Zone::name);
  if (at == document.zones.end() || !at->dns) return addresses;
  addresses.push_back(container_gateway(container.address).to_string());
  if (container.address6) addresses.push_back(container_gateway(*container.address6).to_string());
  return addresses;
}

MacAddress inner_mac(const Container& container) {
  VethLink veth;
  veth.space = container.space;
  veth.inside = container.interface;
  return veth_peer_address(veth_address(veth));
}

const Container* placed(const Gateway& gateway, const Container& container) {
  const auto& all = gateway.current()->document.containers;
  const auto at =
      std::ranges::find_if(all, [&](const Container& one) { return is_same_attachment(one, container); });
  return at == all.end() ? nullptr : &*at;
}

std::string_view state_of_container(const Gateway& gateway, const Container& container,
                                    const std::vector<LinkCount>& counts, uint32_t index) {
  if (!placed(gateway, container)) return "left out";
  return std::ranges::find(counts, index, &LinkCount::index) == counts.end() ? "missing" : "up";
}

// As the container sees it: what it received is what its interface sent.
void add_container_counts(json& row, uint32_t index, const std::vector<LinkCount>& counts,
                          const std::vector<DropCount>& drops) {
  LinkCount count;
  if (const auto at = std::ranges::find(counts, index, &LinkCount::index); at != counts.end()) count = *at;
  uint64_t dropped = 0;
  for (const DropCount& drop : drops)
    if (drop.ifindex == index) dropped += drop.packets;
  row["rx_bytes"] = count.sent_bytes;
  row["tx_bytes"] = count.received_bytes;
  row["rx_packets"] = count.sent_packets;
  row["tx_packets"] = count.received_packets;
  row["drops"] = dropped;
}

}   // namespace

json show_container(const Gateway& gateway, const Container& container) {
  const Document& document = gateway.current()->document;
  const auto address6 = container.address6;
  return {{"name", text_or_null(container.name)},
          {"id", container.id},
          {"interface", container.interface},
          {"network", text_or_null(container.network)},
          {"zone", container.zone},
          {"pod", text_or_null(container.pod)},
          {"address", container.address.to_string()},
          {"address6", address6 ? json(address6->to_string()) : json(nullptr)},
          {"gateway", container_gateway(container.address).to_string()},
          {"gateway6", address6 ? json(container_gateway(*address6).to_string()) : json(nullptr)},
          {"mac", to_string(inner_mac(container))},
          {"dns", resolvers_of(document, container)},
          {"device", container.device},
          {"namespace", container.space},
          {"ports", ports_of_container(container)},
          {"since", rfc3339(std::chrono::sys_seconds(std::chrono::seconds(container.since)))}};
}

Result<json> show_containers(Gateway& gateway) {
  json rows = json::array();
  if (!gateway.current()) return json{{"containers", std::move(rows)}};
  const Observed seen = TRY(gateway.observe());
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  const auto counts = TRY(list_link_counts(rtnl));
  const auto drops = TRY(gateway.engine().drops());
  for (const Container& container : gateway.containers()) {
    const uint32_t index = index_of(seen, container.device);
    json row = show_container(gateway, container);
    row["state"] = state_of_container(gateway, container, counts, index);
    if (index) add_container_counts(row, index, counts, drops);
    rows.push_back(std::move(row));
  }
  return json{{"containers", std::move(rows)}};
}

}   // namespace sluice
