// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice relay add` and `relay remove`: edits of the document in force. `relay config`: what the client's
// gateway is given. `reachability key`: what a gateway shows its relay.
#include <fmt/format.h>

#include "api/target.hpp"
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/change_request.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/in_turn.hpp"
#include "cli/report.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {

using nlohmann::json;

Outcome run_relay_add(Call& call) {
  const Arguments& arguments = call.arguments;
  json body = {{"name", arguments.operands[0]}};
  put_value(body, "public_key", arguments, "public-key");
  put_value(body, "to_port", arguments, "to-port");
  for (const char* field : {"rate", "quota", "port"}) put_value(body, field, arguments, field);
  put_author(body, arguments);
  return change_in_turn(call, [&] { return call.client.post("/v1/relay/clients", body); });
}

Outcome run_relay_remove(Call& call) {
  const auto target = "/v1/relay/clients/" + encode_segment(call.arguments.operands[0]);
  return change_in_turn(call, [&] { return call.client.remove(target); });
}

Outcome run_relay_config(Call& call) {
  const auto answer =
      TRY(call.client.get("/v1/relay/config?" + encode_query({{"name", call.arguments.operands[0]}})));
  const auto& text = member(answer, "text");
  if (!text.is_string()) return fail("sluiced answered without a configuration");
  const auto& bytes = text.get_ref<const std::string&>();
  call.console.out(call.console.is_terminal() ? escape_for_terminal(bytes, true) : bytes);
  return kExitDone;
}

Outcome run_reachability_key(Call& call) {
  const View view{.fetch = {}, .table = [](const json& data, const Look&) {
                    return fmt::format("{}\n", text_of(member(data, "public_key")));
                  }};
  const auto answer = TRY(call.client.post("/v1/reachability/key", json::object()));
  call.console.out(render(call, view, answer));
  return kExitDone;
}

}   // namespace sluice::cli
