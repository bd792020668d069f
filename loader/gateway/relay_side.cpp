// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/relay_side.hpp"

#include "gateway/gateway.hpp"
#include "gateway/networks.hpp"
#include "gateway/relay_ways.hpp"
#include "network/mtus.hpp"

namespace sluice {
namespace {

bool may_be_called(const IpAddress& address) {
  return !address.is_loopback() && !address.is_link_local() && !address.is_multicast() &&
         !address.is_unspecified();
}

// One of each family, IPv4 first.
std::vector<IpAddress> addresses_of_relay(const Relay& relay, const std::string& device,
                                          const Observed& seen) {
  if (!relay.addresses.empty()) return relay.addresses;
  std::vector<IpAddress> found;
  const auto link = seen.links.find(relay.interface.empty() ? device : relay.interface);
  if (link == seen.links.end()) return found;
  for (const bool ipv4 : {true, false})
    for (const ObservedAddress& own : link->second.addresses)
      if (own.address.address.is_ipv4() == ipv4 && may_be_called(own.address.address)) {
        found.push_back(own.address.address);
        break;
      }
  return found;
}

}   // namespace

Result<RelayFile> relay_file_for(const RelayClient& client, const Document& document, const Observed& seen,
                                 const KeyFiles& keys) {
  const Relay& relay = *document.relay;
  const WayOut way = find_way_out(document, seen);
  RelayFile file;
  file.client = client.name;
  const WireguardKey key = TRY(keys.of_network(hub_of(relay), false));
  if (key == WireguardKey{}) return fail("the relay has no key yet");
  file.public_key = public_key_of(key);
  for (const IpAddress& address : addresses_of_relay(relay, way.device, seen))
    file.endpoints.push_back({address, relay.port});
  if (file.endpoints.empty())
    return fail("nobody knows at which address the relay is called: put \"addresses\" into \"relay\"");
  file.address = client.address;
  file.address6 = client.address6;
  file.relay_address = relay_address(relay.subnet);
  file.relay_address6 = relay_address(relay.subnet6);
  file.port = client.port.value_or(0);
  file.to_port = client.to_port;
  file.mtu = mtu_within(way.mtu);
  file.tcp = relay.tcp;
  return file;
}

// From then on the next apply finds the key known, and leaves it.
Result<WireguardKey> Gateway::key_for_relays() {
  const WireguardKey key = public_key_of(TRY(keys().of_network(caller_of_relays(""), true)));
  Allotments known = TRY(store_->allotments());
  Allotment& row = known[{std::string(kReachabilityOwner), "", "key"}];
  if (row.value == to_string(key)) return key;
  row = {to_string(key), 0};
  TRY(store_->put_allotments(known));
  return key;
}

}   // namespace sluice
