// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice network add` and `sluice network remove`: edits of the document in force.
#include "api/target.hpp"
#include "cli/arguments.hpp"
#include "cli/change_request.hpp"
#include "cli/commands.hpp"
#include "cli/in_turn.hpp"

namespace sluice::cli {
namespace {

nlohmann::json network_request(const Arguments& arguments) {
  nlohmann::json body = {{"name", arguments.operands[0]}};
  for (const char* field : {"type", "users", "subnet", "port", "endpoint", "internet", "mesh", "vni"})
    put_value(body, field, arguments, field);
  put_list(body, "resources", arguments, "resource");
  put_list(body, "routes", arguments, "route");
  put_list(body, "dns", arguments, "dns");
  put_list(body, "vlans", arguments, "vlans");
  put_list(body, "attach", arguments, "attach");
  put_switch(body, "peers_may_talk", arguments, "peers-may-talk");
  put_author(body, arguments);
  return body;
}

}   // namespace

Outcome run_network_add(Call& call) {
  return change_in_turn(call,
                        [&] { return call.client.post("/v1/networks", network_request(call.arguments)); });
}

Outcome run_network_remove(Call& call) {
  const auto target = "/v1/networks/" + encode_segment(call.arguments.operands[0]);
  return change_in_turn(call, [&] { return call.client.remove(target); });
}

}   // namespace sluice::cli
