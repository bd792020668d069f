// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice completion SHELL`: made from the table of commands.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/console.hpp"

namespace sluice::cli {
namespace {

using Script = std::string();

constexpr std::pair<std::string_view, Script*> kScripts[] = {
    {"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}};

}   // namespace

Outcome run_completion(Call& call) {
  const auto& shell = call.arguments.operands[0];
  const auto script = std::ranges::find(kScripts, shell, &std::pair<std::string_view, Script*>::first);
  if (script == std::end(kScripts))
    return fail(fmt::format("completion: \"{}\" is no shell that is known; bash, zsh and fish are", shell),
                ErrorKind::kUsage);
  call.console.out(script->second());
  return kExitDone;
}

}   // namespace sluice::cli
