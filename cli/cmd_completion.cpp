// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice completion bash`: made from the table of commands.
#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/console.hpp"

namespace sluice::cli {

Outcome run_completion(Call& call) {
  const auto& shell = call.arguments.operands[0];
  if (shell != "bash")
    return fail(fmt::format("completion: \"{}\" is no shell that is known; bash is", shell),
                ErrorKind::kUsage);
  call.console.out(bash_completion());
  return kExitDone;
}

}   // namespace sluice::cli
