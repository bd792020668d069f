// SPDX-License-Identifier: GPL-2.0-or-later
// Clients of the relay by command: edits of the document in force; and what either side is told of the other.
#include <fmt/format.h>

#include <algorithm>

#include "daemon/service.hpp"
#include "gateway/relay_side.hpp"
#include "kernel/observe.hpp"

namespace sluice {

using nlohmann::json;

ApiResult GatewayService::add_relay_client(const RelayClientRequest& request) {
  const RelayClientEdit client{.name = request.name, .values = request.values};
  const auto edit = [&](auto text, auto file) { return sluice::add_relay_client(text, file, client); };
  return apply_edit(edit, request.who,
                    request.why.empty() ? fmt::format("relay add {}", request.name) : request.why);
}

ApiResult GatewayService::remove_relay_client(std::string_view name, std::string_view who) {
  const auto edit = [&](auto text, auto file) { return sluice::remove_relay_client(text, file, name); };
  return apply_edit(edit, std::string(who), fmt::format("relay remove {}", name));
}

Result<json> GatewayService::relay_config(std::string_view name) {
  if (!gateway_.current()) return fail(kNoDocument);
  const Document& document = gateway_.current()->document;
  if (!document.relay) return fail("this gateway is no relay", ErrorKind::kUsage);
  const auto& clients = document.relay->clients;
  const auto client = std::ranges::find(clients, name, &RelayClient::name);
  if (client == clients.end())
    return fail(fmt::format("there is no relay client \"{}\"", name), ErrorKind::kUsage);
  const RelayFile file = TRY(relay_file_for(*client, document, TRY(observe_ways_out()), gateway_.keys()));
  return json{{"name", client->name}, {"text", to_text(file)}};
}

Result<json> GatewayService::reachability_key() {
  return json{{"public_key", to_string(TRY(gateway_.key_for_relays()))}};
}

// Relays are asked every second anyway.
Result<json> GatewayService::test_reachability() {
  if (!gateway_.current() || !gateway_.current()->document.reachability)
    return fail("the document in force has no \"reachability\": there is nothing to test", ErrorKind::kUsage);
  const uint64_t number = gateway_.reach().test();
  gateway_.name().refresh();
  test_();
  return json{{"number", number}};
}

}   // namespace sluice
