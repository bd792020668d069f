// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/plan_text.hpp"

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/cluster_wait.hpp"
#include "cli/console.hpp"
#include "cli/report.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

std::string steps_text(const json& steps) {
  const size_t width = std::to_string(steps.size()).size();
  size_t number = 0;
  std::string out;
  for (const auto& step : steps) out += fmt::format("{:>{}}. {}\n", ++number, width, text_at(step, "text"));
  return out;
}

std::string lines(std::string_view label, const json& list) {
  std::string out;
  for (const auto& line : list) out += fmt::format("{}: {}\n", label, text_of(line));
  return out;
}

std::string warning_lines(const json& list) {
  std::string out;
  for (const auto& line : list) out += warning_line(text_of(line)) + "\n";
  return out;
}

// Nothing to do, or what was done, for whoever reads along.
std::string verdict(const json& answer) {
  const auto count = member(answer, "steps").size();
  return fmt::format(
      "revision {} is in force: {}", text_at(answer, "revision"),
      count == 0 ? "nothing was to do" : fmt::format("{} step{}", count, count == 1 ? "" : "s"));
}

// Until when it holds, where somebody has to confirm it.
std::string deadline_text(const json& answer) {
  if (!member(answer, "deadline").is_string()) return "";
  return fmt::format("\nrevision {} is taken back at {} unless `sluice confirm` is run before",
                     text_at(answer, "revision"), text_at(answer, "deadline"));
}

}   // namespace

std::string warning_line(const std::string& text) {
  return text.contains(": warning: ") ? text : "warning: " + text;
}

std::string plan_text(const json& plan, const Look&) {
  const auto& steps = member(plan, "steps");
  return (steps.empty() ? "nothing to do\n" : steps_text(steps)) + lines("note", member(plan, "notes")) +
         lines("degraded", member(plan, "degraded"));
}

Outcome show_change(const Call& call, const json& answer) {
  const View view{.fetch = {},
                  .table = [](const json& data, const Look&) { return steps_text(member(data, "steps")); },
                  .rows = "steps"};
  call.console.out(render(call, view, answer));
  call.console.err(lines("note", member(answer, "notes")) + warning_lines(member(answer, "warnings")) +
                   lines("degraded", member(answer, "degraded")) + verdict(answer) + deadline_text(answer));
  const ExitStatus others = TRY(await_cluster(call, answer));
  const bool joins = member(member(answer, "cluster"), "joins") == true;   // what it had matters no more
  return joins || member(answer, "degraded").empty() ? others : kExitDegraded;
}

}   // namespace sluice::cli
