// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice front config`: what HAProxy is told; `renew` and `revoke`: certificates that were asked for.
#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/report.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {
namespace {

Outcome order_certificate(Call& call, const std::string& target) {
  const View view{
      .fetch = {}, .table = [](const nlohmann::json& data, const Look&) {
        return fmt::format(
            "a certificate for {} is asked for: `sluice show certificates` says what comes of it\n",
            text_of(member(data, "name")));
      }};
  const auto answer = TRY(call.client.post(target, {{"name", call.arguments.operands[0]}}));
  call.console.out(render(call, view, answer));
  return kExitDone;
}

}   // namespace

Outcome run_front_renew(Call& call) { return order_certificate(call, "/v1/front/renew"); }

Outcome run_front_revoke(Call& call) { return order_certificate(call, "/v1/front/revoke"); }

Outcome run_front_config(Call& call) {
  const auto answer = TRY(call.client.get("/v1/front/config"));
  const auto& text = member(answer, "text");
  if (!text.is_string()) return fail("sluiced answered without a configuration");
  const auto& bytes = text.get_ref<const std::string&>();
  call.console.out(call.console.is_terminal() ? escape_for_terminal(bytes, true) : bytes);
  return kExitDone;
}

}   // namespace sluice::cli
