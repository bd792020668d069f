// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice front config`: what HAProxy is told.
#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {

Outcome run_front_config(Call& call) {
  const auto answer = TRY(call.client.get("/v1/front/config"));
  const auto& text = member(answer, "text");
  if (!text.is_string()) return fail("sluiced answered without a configuration");
  const auto& bytes = text.get_ref<const std::string&>();
  call.console.out(call.console.is_terminal() ? escape_for_terminal(bytes, true) : bytes);
  return kExitDone;
}

}   // namespace sluice::cli
