// SPDX-License-Identifier: GPL-2.0-or-later
// Networks and their endpoints by command: edits of the document in force, as forwards are.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "daemon/service.hpp"
#include "gateway/client_side.hpp"
#include "network/endpoint_csv.hpp"

namespace sluice {
namespace {

using nlohmann::json;

std::string reason(const std::string& given, std::string otherwise) {
  return given.empty() ? std::move(otherwise) : given;
}

std::string spelled(std::string_view text) { return json(text).dump(); }

struct Found {
  const Network& network;
  const NetworkEndpoint& endpoint;
};

Result<Found> find_endpoint(const Document& document, const EndpointName& wanted) {
  const auto network = std::ranges::find(document.networks, wanted.network, &Network::name);
  if (network == document.networks.end())
    return fail(fmt::format("there is no network \"{}\"", wanted.network), ErrorKind::kUsage);
  const auto endpoint = std::ranges::find(network->endpoints, wanted.name, &NetworkEndpoint::name);
  if (endpoint == network->endpoints.end())
    return fail(fmt::format("network \"{}\" has no endpoint \"{}\"", wanted.network, wanted.name),
                ErrorKind::kUsage);
  return Found{*network, *endpoint};
}

Result<Found> find_endpoint(const Gateway& gateway, const EndpointName& wanted) {
  if (!gateway.current()) return fail("no document is in force yet");
  return find_endpoint(gateway.current()->document, wanted);
}

// Of a pair that the gateway keeps it is worked out.
Result<WireguardKey> public_key_of_endpoint(const Found& found, const KeyFiles& keys) {
  if (found.endpoint.public_key) return *found.endpoint.public_key;
  if (const auto kept = TRY(keys.find_of_endpoint(found.network, found.endpoint)))
    return public_key_of(*kept);
  return fail(
      fmt::format("endpoint \"{}\" of network \"{}\" has no key", found.endpoint.name, found.network.name));
}

// With the public key in the document nobody asks for the file any more.
Result<std::string> put_public_key(std::string_view text, std::string_view file, const Found& found,
                                   const WireguardKey& key) {
  const std::string &network = found.network.name, &name = found.endpoint.name;
  std::string without(text);
  if (!found.endpoint.key_file.empty())
    without = TRY(set_endpoint_value(text, file, network, name, "key_file", std::nullopt));
  return set_endpoint_value(without, file, network, name, "public_key", spelled(to_string(key)));
}

EndpointEdit edit_of(const std::string& network, const NetworkEndpoint& endpoint) {
  EndpointEdit edit{network, endpoint.name, std::string(to_string(endpoint.type)), {}};
  const auto put = [&](const char* key, const std::string& value) {
    edit.values.emplace_back(key, spelled(value));
  };
  if (endpoint.public_key) put("public_key", to_string(*endpoint.public_key));
  if (endpoint.address) put("address", endpoint.address->to_string());
  if (endpoint.address6) put("address6", endpoint.address6->to_string());
  if (endpoint.expires) put("expires", rfc3339(*endpoint.expires));
  return edit;
}

Result<std::string> add_all(std::string_view text, std::string_view file, const std::string& network,
                            const std::vector<EndpointLine>& lines) {
  std::string edited(text);
  for (const EndpointLine& line : lines)
    edited = TRY_TO(fmt::format("line {}", line.line),
                    sluice::add_endpoint(edited, file, edit_of(network, line.endpoint)));
  return edited;
}

}   // namespace

ApiResult GatewayService::add_network(const NetworkRequest& request) {
  const NetworkEdit network{.name = request.name, .type = request.type, .values = request.values};
  const auto edit = [&](auto text, auto file) { return sluice::add_network(text, file, network); };
  return apply_edit(edit, request.who, reason(request.why, fmt::format("network add {}", request.name)));
}

ApiResult GatewayService::remove_network(std::string_view name, std::string_view who) {
  const auto edit = [&](auto text, auto file) { return sluice::remove_network(text, file, name); };
  return apply_edit(edit, std::string(who), fmt::format("network remove {}", name));
}

ApiResult GatewayService::add_endpoint(const EndpointRequest& request) {
  const EndpointEdit endpoint{request.network, request.name, request.type, request.values};
  const auto edit = [&](auto text, auto file) { return sluice::add_endpoint(text, file, endpoint); };
  return apply_edit(edit, request.who,
                    reason(request.why, fmt::format("endpoint add {} {}", request.network, request.name)));
}

ApiResult GatewayService::remove_endpoint(const EndpointName& endpoint) {
  const auto edit = [&](auto text, auto file) {
    return sluice::remove_endpoint(text, file, endpoint.network, endpoint.name);
  };
  return apply_edit(
      edit, endpoint.who,
      reason(endpoint.why, fmt::format("endpoint remove {} {}", endpoint.network, endpoint.name)));
}

ApiResult GatewayService::set_endpoint(const EndpointName& endpoint, bool disabled) {
  const auto value = disabled ? std::optional<std::string>("true") : std::nullopt;
  const auto edit = [&](auto text, auto file) {
    return set_endpoint_value(text, file, endpoint.network, endpoint.name, "disabled", value);
  };
  return apply_edit(edit, endpoint.who,
                    reason(endpoint.why, fmt::format("endpoint {} {} {}", disabled ? "disable" : "enable",
                                                     endpoint.network, endpoint.name)));
}

// The file goes last: until the public key is in force, the private one is all that says who the endpoint is.
ApiResult GatewayService::forget_endpoint(const EndpointName& endpoint) {
  const Found found = TRY(find_endpoint(gateway_, endpoint));
  const Network network = found.network;   // copies: another document is in force after the apply
  const NetworkEndpoint known = found.endpoint;
  const WireguardKey key = TRY(public_key_of_endpoint({network, known}, gateway_.keys()));
  const auto edit = [&](auto text, auto file) { return put_public_key(text, file, {network, known}, key); };
  auto answer = TRY(apply_edit(
      edit, endpoint.who,
      reason(endpoint.why, fmt::format("endpoint forget {} {}", endpoint.network, endpoint.name))));
  TRY(gateway_.keys().forget_endpoint(network, known));
  return answer;
}

ApiResult GatewayService::import_endpoints(const EndpointTable& table) {
  const auto lines = TRY(parse_endpoint_csv(table.csv));
  const auto edit = [&](auto text, auto file) { return add_all(text, file, table.network, lines); };
  return apply_edit(
      edit, table.who,
      reason(table.why, fmt::format("endpoint import {}: {} endpoints", table.network, lines.size())));
}

Result<json> GatewayService::endpoint_config(const EndpointName& wanted) {
  const auto [network, endpoint] = TRY(find_endpoint(gateway_, wanted));
  const Document& document = gateway_.current()->document;
  const Observed seen = network.endpoint.empty() ? TRY(gateway_.observe()) : Observed{};
  const ClientSide side = TRY(client_side(network, endpoint, document, seen, gateway_.keys()));
  return json{{"network", network.name},
              {"endpoint", endpoint.name},
              {"text", client_config(network, endpoint, side)},
              {"private_key_kept", side.private_key.has_value()}};
}

}   // namespace sluice
