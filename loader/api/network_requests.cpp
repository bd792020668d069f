// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/network_requests.hpp"

#include <fmt/format.h>

#include <span>

#include "api/body.hpp"
#include "api/requests.hpp"
#include "api/target.hpp"
#include "base/number.hpp"

namespace sluice {
namespace {

using nlohmann::json;

Result<uint32_t> parse_number(std::string_view field, std::string_view text) {
  if (const auto number = whole_number<uint32_t>(text)) return *number;
  return fail(fmt::format("field \"{}\" is not a number", field), ErrorKind::kUsage);
}

Result<uint32_t> read_number(Body& body, std::string_view field) {
  return parse_number(field, TRY(body.line(field, "")));
}

// How the document spells what a field says.
using Spell = Result<std::string> (*)(Body&, std::string_view field);

Result<std::string> spell_text(Body& body, std::string_view field) {
  return json(TRY(body.line(field, ""))).dump();
}

Result<std::string> spell_list(Body& body, std::string_view field) {
  return json(TRY(body.lines(field))).dump();
}

Result<std::string> spell_number(Body& body, std::string_view field) {
  return fmt::to_string(TRY(read_number(body, field)));
}

Result<std::string> spell_switch(Body& body, std::string_view field) {
  return json(TRY(read_flag(body, field))).dump();
}

Result<std::string> spell_bandwidth(Body& body, std::string_view field) {
  return fmt::format("{{ \"maximum\": {} }}", TRY(spell_text(body, field)));
}

// A field that a request may have, and the key of the document that it becomes.
struct Field {
  std::string_view name, key;
  Spell spell;
};

constexpr Field kNetworkFields[] = {
    {"users", "expected_users", spell_number},
    {"subnet", "subnet", spell_text},
    {"subnet6", "subnet6", spell_text},
    {"port", "port", spell_number},
    {"vcid", "vcid", spell_number},
    {"zone", "zone", spell_text},
    {"vrf", "vrf", spell_text},
    {"mtu", "mtu", spell_number},
    {"endpoint", "endpoint", spell_text},
    {"internet", "internet", spell_text},
    {"resources", "resources", spell_list},
    {"routes", "routes", spell_list},
    {"mesh", "mesh", spell_text},
    {"dns", "dns", spell_list},
    {"vlans", "vlans", spell_list},
    {"vni", "vni", spell_number},
    {"attach", "attach", spell_list},
    {"peers_may_talk", "peers_may_talk", spell_switch},
};

constexpr Field kEndpointFields[] = {
    {"public_key", "public_key", spell_text},  {"key_file", "key_file", spell_text},
    {"address", "address", spell_text},        {"address6", "address6", spell_text},
    {"expires", "expires", spell_text},        {"dial", "dial", spell_text},
    {"routes", "routes", spell_list},          {"keepalive", "keepalive", spell_text},
    {"maximum", "bandwidth", spell_bandwidth}, {"mac_limit", "mac_limit", spell_number},
};

// A body that has these fields and no others.
Result<Body> parse(const ApiRequest& request, std::span<const std::string_view> own,
                   std::span<const Field> fields = {}) {
  std::vector<std::string_view> known(own.begin(), own.end());
  known.insert(known.end(), {"who", "why"});
  for (const Field& field : fields) known.push_back(field.name);
  auto body = TRY(Body::parse(request.body, request.format));
  TRY(body.only(known));
  return body;
}

Result<DocumentValues> read_values(Body& body, std::span<const Field> fields) {
  DocumentValues values;
  for (const Field& field : fields) {
    if (!body.has(field.name)) continue;
    auto value = TRY(field.spell(body, field.name));
    values.emplace_back(field.key, std::move(value));
  }
  return values;
}

template <class Request>
Result<> read_author(const ApiRequest& request, Body& body, Request& to) {
  to.who = author_of(request, TRY(body.line("who", "")));
  to.why = TRY(body.line("why", ""));
  return {};
}

Result<EndpointName> read_name(const ApiRequest& request, Body& body) {
  EndpointName endpoint;
  endpoint.network = TRY(body.required_line("network"));
  endpoint.name = TRY(body.required_line("name"));
  TRY(read_author(request, body, endpoint));
  return endpoint;
}

// Who says nothing of a key has the pair made, as in a document and in a file of many endpoints.
Result<> expect_key(Body& body) {
  const bool given = body.has("public_key"), says = body.has("generate");
  const bool generate = TRY(read_flag(body, "generate"));
  if (given && generate)
    return fail(
        "\"public_key\" and \"generate\" exclude each other: either the client keeps its private key, "
        "or the gateway makes the pair",
        ErrorKind::kUsage);
  if (given || generate || !says || body.has("key_file")) return {};
  return fail(
      "no \"public_key\" (the client keeps its private key) is given, and \"generate\" (the gateway makes "
      "the pair) is 0",
      ErrorKind::kUsage);
}

Result<EndpointName> endpoint_of(const ApiRequest& request, const auto& fields) {
  for (const std::string_view required : {"network", "name"})
    if (!fields.contains(required))
      return fail(fmt::format("field \"{}\" is missing", required), ErrorKind::kUsage);
  return EndpointName{fields.find("network")->second, fields.find("name")->second, request.who, ""};
}

}   // namespace

Result<NetworkRequest> read_network(const ApiRequest& request) {
  constexpr std::string_view kOwn[] = {"name", "type"};
  auto body = TRY(parse(request, kOwn, kNetworkFields));
  NetworkRequest network;
  network.name = TRY(body.required_line("name"));
  network.type = TRY(body.required_line("type"));
  network.values = TRY(read_values(body, kNetworkFields));
  TRY(read_author(request, body, network));
  return network;
}

Result<EndpointRequest> read_endpoint(const ApiRequest& request) {
  constexpr std::string_view kOwn[] = {"network", "name", "type", "generate"};
  auto body = TRY(parse(request, kOwn, kEndpointFields));
  EndpointRequest endpoint;
  endpoint.network = TRY(body.required_line("network"));
  endpoint.name = TRY(body.required_line("name"));
  endpoint.type = TRY(body.required_line("type"));
  TRY(expect_key(body));
  if (body.has("key_file") && !request.is_owner)
    return fail("to name a file with a key takes root", ErrorKind::kNotPermitted);
  endpoint.values = TRY(read_values(body, kEndpointFields));
  TRY(read_author(request, body, endpoint));
  return endpoint;
}

Result<EndpointName> read_endpoint_name(const ApiRequest& request) {
  constexpr std::string_view kOwn[] = {"network", "name"};
  auto body = TRY(parse(request, kOwn));
  return read_name(request, body);
}

Result<std::pair<EndpointName, bool>> read_endpoint_switch(const ApiRequest& request) {
  constexpr std::string_view kOwn[] = {"network", "name", "disabled"};
  auto body = TRY(parse(request, kOwn));
  if (!body.has("disabled")) return fail("field \"disabled\" is missing", ErrorKind::kUsage);
  const bool disabled = TRY(read_flag(body, "disabled"));
  auto endpoint = TRY(read_name(request, body));
  return std::pair{std::move(endpoint), disabled};
}

Result<KeyChange> read_key_change(const ApiRequest& request) {
  constexpr std::string_view kOwn[] = {"network", "name", "public_key"};
  auto body = TRY(parse(request, kOwn));
  KeyChange change;
  if (body.has("public_key")) change.public_key = TRY(body.required_line("public_key"));
  change.endpoint = TRY(read_name(request, body));
  return change;
}

Result<EndpointTable> read_endpoint_table(const ApiRequest& request) {
  constexpr std::string_view kOwn[] = {"network", "csv"};
  auto body = TRY(parse(request, kOwn));
  EndpointTable table;
  table.network = TRY(body.required_line("network"));
  table.csv = TRY(body.text("csv"));
  TRY(read_author(request, body, table));
  return table;
}

Result<EndpointName> read_endpoint_query(const ApiRequest& request, std::string_view query) {
  constexpr std::string_view kFields[] = {"network", "name"};
  return endpoint_of(request, TRY(parse_query(query, kFields)));
}

Result<std::pair<EndpointName, uint32_t>> read_version_query(const ApiRequest& request,
                                                             std::string_view query) {
  constexpr std::string_view kFields[] = {"network", "name", "version"};
  const auto fields = TRY(parse_query(query, kFields));
  auto endpoint = TRY(endpoint_of(request, fields));
  const auto at = fields.find("version");
  if (at == fields.end()) return std::pair{std::move(endpoint), uint32_t{0}};
  const uint32_t version = TRY(parse_number("version", at->second));
  if (version == 0) return fail("field \"version\" is not a number from 1", ErrorKind::kUsage);
  return std::pair{std::move(endpoint), version};
}

}   // namespace sluice
