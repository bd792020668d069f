// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/run.hpp"

#include <cstdlib>

#include "cli/arguments.hpp"
#include "cli/cells.hpp"
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/report.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {
namespace {

std::string socket_path(const Arguments& arguments) {
  const char* from_environment = std::getenv("SLUICE_SOCKET");
  const bool is_set = from_environment && *from_environment;
  return arguments.value("socket", is_set ? std::string_view(from_environment) : kDefaultSocket);
}

ExitStatus say(Console& console, const ApiError& error) {
  for (const auto& complaint : error.complaints)
    if (const auto& text = member(complaint, "text"); text.is_string())
      console.err(escape_for_terminal(text.get_ref<const std::string&>(), true));
  console.err("sluice: " + escape_for_terminal(error.error.message, true));
  return exit_status(error.error.kind);
}

Outcome run_command(const Arguments& arguments, Console& console, Machine& machine) {
  const Client client(socket_path(arguments));
  Call call{*arguments.command, arguments, console, client, machine};
  Outcome outcome = arguments.command->run(call);
  if (!outcome) console.out(error_text(arguments.value("output"), outcome.error()));
  return outcome;
}

// What -o says in words that cannot be read as a whole.
std::string_view format_in(std::span<const std::string> words) {
  std::string_view format;
  for (size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const std::string_view word = words[i];
    if ((word == "-o" || word == "--output") && i + 1 < words.size()) format = words[i + 1];
    for (const std::string_view start : {"-o", "--output="})
      if (word.starts_with(start) && word.size() > start.size()) format = word.substr(start.size());
  }
  return format;
}

Outcome run_words(std::span<const std::string> words, Console& console, Machine& machine) {
  if (words.empty()) {
    console.err(short_usage());
    return kExitUsage;
  }
  const auto arguments = parse_arguments(words);
  if (!arguments) {
    console.out(error_text(format_in(words), arguments.error()));
    return std::unexpected(ApiError(arguments.error()));
  }
  if (arguments->asks_version())
    console.out(version_line());
  else if (!arguments->has("help"))
    return run_command(*arguments, console, machine);
  else if (arguments->command)
    console.out(help_of(*arguments->command));
  else
    console.out(TRY(help_of_words(arguments->operands)));
  return kExitDone;
}

}   // namespace

ExitStatus run_cli(std::span<const std::string> words, Console& console, Machine& machine) {
  const auto outcome = run_words(words, console, machine);
  const auto status = outcome ? *outcome : say(console, outcome.error());
  if (console.result()) return status;
  return say(console, console.result().error());
}

}   // namespace sluice::cli
