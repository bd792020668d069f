// SPDX-License-Identifier: GPL-2.0-or-later
// What clients of networks are given.
#include <fmt/format.h>

#include <algorithm>

#include "base/timestamp.hpp"
#include "daemon/find_endpoint.hpp"
#include "daemon/service.hpp"
#include "gateway/client_side.hpp"
#include "gateway/rotations.hpp"
#include "kernel/observe.hpp"
#include "network/connect_file.hpp"
#include "network/other_gateway.hpp"
#include "network/qr.hpp"
#include "network/versions.hpp"

namespace sluice {

using nlohmann::json;

namespace {

Result<json> kept_version(const FoundEndpoint& found, const Allotments& allotments, uint32_t number,
                          Gateway& gateway) {
  const auto& [network, endpoint] = found;
  const auto versions = versions_of(allotments, network.name, endpoint.name);
  const auto at = std::ranges::find(versions, number, &EndpointVersion::number);
  if (at == versions.end())
    return fail(fmt::format("endpoint \"{}\" of network \"{}\" has no version {} (any more)", endpoint.name,
                            network.name, number),
                ErrorKind::kUsage);
  const auto called = endpoint_to_call(network, gateway.current()->document, TRY(observe_ways_out()));
  return json{{"network", network.name},
              {"endpoint", endpoint.name},
              {"version", number},
              {"text", kept_config(at->text, called.value_or(""))},
              {"private_key_kept", false}};
}

// It calls where the document says, or where strangers were seen to get through.
Result<ClientSide> side_of(Gateway& gateway, const Network& network, const NetworkEndpoint& endpoint) {
  Network called = network;
  const auto found = gateway.reach().found(network);
  if (called.endpoint.empty() && found) called.endpoint = to_string(*found);
  const Observed seen = called.endpoint.empty() ? TRY(observe_ways_out()) : Observed{};
  return client_side(called, endpoint, gateway.current()->document, seen, gateway.keys());
}

}   // namespace

Result<json> GatewayService::endpoint_config(const EndpointName& wanted, uint32_t version) {
  const auto [network, endpoint] = TRY(find_endpoint(gateway_, wanted));
  if (version && version != endpoint.version)
    return kept_version({network, endpoint}, TRY(gateway_.allotments()), version, gateway_);
  const ClientSide side = TRY(side_of(gateway_, network, endpoint));
  return json{{"network", network.name},
              {"endpoint", endpoint.name},
              {"version", endpoint.version},
              {"text", client_config(network, endpoint, side)},
              {"private_key_kept", side.private_key.has_value()}};
}

Result<json> GatewayService::endpoint_qr(const EndpointName& wanted) {
  const json config = TRY(endpoint_config(wanted, 0));
  const auto rows = TRY(qr_rows(config["text"].get_ref<const std::string&>()));
  return json{{"network", config["network"]},
              {"endpoint", config["endpoint"]},
              {"version", config["version"]},
              {"size", rows.size()},
              {"rows", rows}};
}

Result<json> GatewayService::endpoint_document(const EndpointName& wanted) {
  const auto [network, endpoint] = TRY(find_endpoint(gateway_, wanted));
  const ClientSide side = TRY(side_of(gateway_, network, endpoint));
  const auto text_of = [](const std::optional<WireguardKey>& key) {
    return key ? json(to_string(*key)) : json();
  };
  return json{{"network", network.name},
              {"endpoint", endpoint.name},
              {"version", endpoint.version},
              {"text", TRY(format_document(TRY(document_for_gateway(network, endpoint, side)), "sluiced"))},
              {"private_key", text_of(side.private_key)},
              {"preshared_key", text_of(side.preshared_key)}};
}

// By the relay in use where the tunnel calls, and by the others that lead to the network's port.
Result<json> GatewayService::endpoint_connect(const EndpointName& wanted) {
  const auto [network, endpoint] = TRY(find_endpoint(gateway_, wanted));
  if (is_l2(network.type))
    return fail("`sluice connect` carries packets, and this network has frames", ErrorKind::kUsage);
  const ClientSide side = TRY(side_of(gateway_, network, endpoint));
  if (!side.private_key)
    return fail(
        fmt::format("the private key of \"{}\" is not here: it can be given a new one by `sluice endpoint "
                    "rotate`",
                    endpoint.name),
        ErrorKind::kUsage);
  ConnectFile file{.name = network.name.substr(0, kDeviceNameBytes),
                   .tunnel = client_config(network, endpoint, side),
                   .relays = {},
                   .stun = {}};
  if (const auto& reachability = gateway_.current()->document.reachability) {
    file.stun = reachability->stun;
    for (const UsedRelay& relay : reachability->relays)
      if (relay.at && relay.to_port == network.port) file.relays.push_back(*relay.at);
  }
  return json{{"network", network.name}, {"endpoint", endpoint.name}, {"text", write_connect_file(file)}};
}

Result<json> GatewayService::endpoint_history(const EndpointName& wanted) {
  const auto [network, endpoint] = TRY(find_endpoint(gateway_, wanted));
  json rows = json::array();
  for (const EndpointVersion& version : versions_of(TRY(gateway_.allotments()), network.name, endpoint.name))
    rows.push_back({{"version", version.number},
                    {"since", rfc3339(std::chrono::sys_seconds(std::chrono::seconds(version.since)))},
                    {"public_key", version.public_key},
                    {"changed", version.changed}});
  return json{{"network", network.name}, {"endpoint", endpoint.name}, {"versions", std::move(rows)}};
}

}   // namespace sluice
