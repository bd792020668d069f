// SPDX-License-Identifier: GPL-2.0-or-later
// `sluice monitor`: what happens, a line each, until somebody ends it: JSON, or words at a terminal.

#include <fmt/format.h>

#include "api/service.hpp"
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/monitor_text.hpp"

namespace sluice::cli {
namespace {

// One of them, or all.
Result<std::string_view> followed(const Arguments& arguments) {
  std::string_view found;
  for (const std::string_view what : kWatchedNames) {
    if (!arguments.has(what)) continue;
    if (!found.empty())
      return fail(
          fmt::format("monitor: --{} and --{} exclude each other: one of them, or none for all", found, what),
          ErrorKind::kUsage);
    found = what;
  }
  return found.empty() ? "all" : found;
}

}   // namespace

Outcome run_monitor(Call& call) {
  const std::string_view what = TRY(followed(call.arguments));
  std::string target = "/v1/monitor/" + std::string(what);
  if (call.arguments.has("now")) target += "?now=1";
  const bool in_words =
      call.arguments.value("output", call.console.is_terminal() ? "text" : "jsonl") == "text";
  MonitorText text(call.console.colour());
  TRY(call.client.follow(target, [&](std::string_view piece) {
    call.console.out(in_words ? text.take(piece) : std::string(piece));
    return !call.console.reader_gone() && call.console.result();
  }));
  return kExitDone;
}

}   // namespace sluice::cli
