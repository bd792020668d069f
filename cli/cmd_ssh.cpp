// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice ssh config`: a part of sshd_config(5), which the operator puts in its place.
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {

Outcome run_ssh_config(Call& call) {
  const auto answer = TRY(call.client.get("/v1/ssh/config"));
  const auto text = answer.find("text");
  if (text == answer.end() || !text->is_string()) return fail("sluiced answered without a configuration");
  const auto& bytes = text->get_ref<const std::string&>();
  call.console.out(call.console.is_terminal() ? escape_for_terminal(bytes, true) : bytes);
  return kExitDone;
}

}   // namespace sluice::cli
