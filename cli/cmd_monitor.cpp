// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice monitor`: what happens, a line of JSON each, until somebody ends it.
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"

namespace sluice::cli {

Outcome run_monitor(Call& call) {
  if (!call.arguments.has("health"))
    return std::unexpected(ApiError(Error{"monitor: say what to follow: --health", ErrorKind::kUsage}));
  const std::string target = call.arguments.has("now") ? "/v1/monitor/health?now=1" : "/v1/monitor/health";
  TRY(call.client.follow(target, [&](std::string_view piece) {
    call.console.out(piece);
    return !call.console.reader_gone() && call.console.result();
  }));
  return kExitDone;
}

}   // namespace sluice::cli
