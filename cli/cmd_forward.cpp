// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice forward add` and `sluice forward remove`: edits of the document in force.
#include "api/target.hpp"
#include "cli/arguments.hpp"
#include "cli/change_request.hpp"
#include "cli/commands.hpp"
#include "cli/in_turn.hpp"

namespace sluice::cli {
namespace {

nlohmann::json request_of(const Arguments& arguments) {
  nlohmann::json body = {{"name", arguments.operands[0]},
                         {"listen", arguments.value("listen")},
                         {"ports", arguments.values("ports")},
                         {"to", arguments.value("to")},
                         {"protocol", arguments.values("protocol")},
                         {"source", arguments.values("source")}};
  put_value(body, "vrf", arguments, "vrf");
  put_author(body, arguments);
  return body;
}

}   // namespace

Outcome run_forward_add(Call& call) {
  return change_in_turn(call, [&] { return call.client.post("/v1/forwards", request_of(call.arguments)); });
}

Outcome run_forward_remove(Call& call) {
  const auto target = "/v1/forwards/" + encode_segment(call.arguments.operands[0]);
  return change_in_turn(call, [&] { return call.client.remove(target); });
}

}   // namespace sluice::cli
