// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice help [VERB]`
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/help.hpp"

namespace sluice::cli {

Outcome run_help(Call& call) {
  const bool markdown = call.arguments.has("markdown");
  call.console.out(markdown ? commands_markdown() : TRY(help_of_words(call.arguments.operands)));
  return kExitDone;
}

}   // namespace sluice::cli
