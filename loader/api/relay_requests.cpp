// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/relay_requests.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "api/body.hpp"
#include "api/requests.hpp"
#include "api/target.hpp"
#include "base/number.hpp"

namespace sluice {
namespace {

using nlohmann::json;

Result<> put_number(Body& body, std::string_view field, DocumentValues& values) {
  if (!body.has(field)) return {};
  const auto number = whole_number<uint32_t>(TRY(body.line(field, "")));
  if (!number) return fail(fmt::format("field \"{}\" is not a number", field), ErrorKind::kUsage);
  values.emplace_back(field, std::to_string(*number));
  return {};
}

}   // namespace

Result<RelayClientRequest> read_relay_client(const ApiRequest& request) {
  constexpr std::string_view kFields[] = {"name",    "public_key", "rate", "quota",
                                          "to_port", "port",       "who",  "why"};
  auto body = TRY(Body::parse(request.body, request.format));
  TRY(body.only(kFields));
  RelayClientRequest client;
  client.name = TRY(body.required_line("name"));
  client.values.emplace_back("public_key", json(TRY(body.required_line("public_key"))).dump());
  for (const std::string_view field : {"rate", "quota"})
    if (body.has(field)) client.values.emplace_back(field, json(TRY(body.line(field, ""))).dump());
  for (const std::string_view field : {"to_port", "port"}) TRY(put_number(body, field, client.values));
  client.who = author_of(request, TRY(body.line("who", "")));
  client.why = TRY(body.line("why", ""));
  return client;
}

Result<std::string> read_relay_query(std::string_view query) {
  constexpr std::string_view kFields[] = {"name"};
  const auto fields = TRY(parse_query(query, kFields));
  const auto at = fields.find("name");
  if (at == fields.end() || at->second.empty()) return fail("field \"name\" is missing", ErrorKind::kUsage);
  return at->second;
}

}   // namespace sluice
