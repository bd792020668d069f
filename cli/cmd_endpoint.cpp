// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice endpoint add`, `remove`, `disable`, `enable`, `forget`, `rotate` and `import`: edits of the
// document in force.
#include "api/target.hpp"
#include "cli/arguments.hpp"
#include "cli/change_request.hpp"
#include "cli/commands.hpp"
#include "cli/document_file.hpp"
#include "cli/in_turn.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

// NETWORK NAME
json name_of(const Arguments& arguments) {
  json body = {{"network", arguments.operands[0]}, {"name", arguments.operands[1]}};
  put_author(body, arguments);
  return body;
}

json endpoint_request(const Arguments& arguments) {
  json body = name_of(arguments);
  for (const char* field : {"type", "address", "expires", "dial", "keepalive", "maximum"})
    put_value(body, field, arguments, field);
  put_value(body, "mac_limit", arguments, "mac-limit");
  put_value(body, "public_key", arguments, "public-key");
  put_switch(body, "generate", arguments, "generate");
  put_list(body, "routes", arguments, "route");
  return body;
}

Outcome post(Call& call, std::string_view target, const json& body) {
  return change_in_turn(call, [&] { return call.client.post(target, body); });
}

Outcome set_disabled(Call& call, bool disabled) {
  json body = name_of(call.arguments);
  body["disabled"] = disabled ? 1 : 0;
  return post(call, "/v1/endpoints/set", body);
}

}   // namespace

Outcome run_endpoint_add(Call& call) { return post(call, "/v1/endpoints", endpoint_request(call.arguments)); }

Outcome run_endpoint_remove(Call& call) {
  const auto& operands = call.arguments.operands;
  const auto query = encode_query({{"network", operands[0]}, {"name", operands[1]}});
  return change_in_turn(call, [&] { return call.client.remove("/v1/endpoints?" + query); });
}

Outcome run_endpoint_disable(Call& call) { return set_disabled(call, true); }
Outcome run_endpoint_enable(Call& call) { return set_disabled(call, false); }

Outcome run_endpoint_forget(Call& call) {
  return post(call, "/v1/endpoints/forget", name_of(call.arguments));
}

Outcome run_endpoint_rotate(Call& call) {
  json body = name_of(call.arguments);
  put_value(body, "public_key", call.arguments, "public-key");
  return post(call, "/v1/endpoints/rotate", body);
}

Outcome run_endpoint_import(Call& call) {
  const auto& operands = call.arguments.operands;
  // Not inside the braces: GCC 12 forgets the members that are there already when TRY returns.
  const std::string csv = TRY(read_input(call, operands[1], kDocumentLimit));
  json body = {{"network", operands[0]}, {"csv", csv}};
  put_author(body, call.arguments);
  return post(call, "/v1/endpoints/import", body);
}

}   // namespace sluice::cli
