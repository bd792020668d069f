// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice network add` and `network remove`: edits of the document in force. `network show`: what one was
// given.
#include <fmt/format.h>

#include "api/router.hpp"
#include "api/target.hpp"
#include "cli/arguments.hpp"
#include "cli/change_request.hpp"
#include "cli/columns.hpp"
#include "cli/commands.hpp"
#include "cli/in_turn.hpp"
#include "cli/report.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

json network_request(const Arguments& arguments) {
  json body = {{"name", arguments.operands[0]}};
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

// As the daemon tells it; kUsage: there is no such network.
ApiResult fetch_network(const Call& call) {
  const std::string& name = call.arguments.operands[0];
  json answer = TRY(call.client.get("/v1/show/networks"));
  for (json& network : answer.at("networks"))
    if (network.at("name") == name) {
      network["schema_version"] = kSchemaVersion;
      return std::move(network);
    }
  return std::unexpected(ApiError(Error{fmt::format("there is no network \"{}\"", name), ErrorKind::kUsage}));
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

Outcome run_network_show(Call& call) {
  const View view{.fetch = [&] { return fetch_network(call); },
                  .table =
                      [&](const json& network, const Look& look) {
                        return render_table(columns_of("networks"), json::array({network}), look);
                      }};
  TRY(report(call, view));
  return kExitDone;
}

}   // namespace sluice::cli
