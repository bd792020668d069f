// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice service drain` and `undrain`: edits of the document in force.
#include "cli/arguments.hpp"
#include "cli/change_request.hpp"
#include "cli/commands.hpp"
#include "cli/in_turn.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

// SERVICE BACKEND
json backend_of(const Arguments& arguments) {
  json body = {{"service", arguments.operands[0]}, {"backend", arguments.operands[1]}};
  put_author(body, arguments);
  return body;
}

}   // namespace

Outcome run_service_drain(Call& call) {
  json body = backend_of(call.arguments);
  TRY(put_seconds(body, "seconds", call, "for", {kLongestDrain, "30d"}));
  return change_in_turn(call, [&] { return call.client.post("/v1/services/drain", body); });
}

Outcome run_service_undrain(Call& call) {
  return change_in_turn(call,
                        [&] { return call.client.post("/v1/services/undrain", backend_of(call.arguments)); });
}

}   // namespace sluice::cli
