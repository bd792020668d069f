// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice export`: the document in force, byte for byte.
#include "cli/cells.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {

Outcome run_export(Call& call) {
  const auto answer = TRY(call.client.get("/v1/document"));
  const auto& text = member(answer, "text");
  if (!text.is_string()) return fail("sluiced answered without a document");
  const auto& bytes = text.get_ref<const std::string&>();
  // A comment may hold anything; only a terminal has to be protected from it.
  call.console.out(call.console.is_terminal() ? escape_for_terminal(bytes, true) : bytes);
  return kExitDone;
}

}   // namespace sluice::cli
