// SPDX-License-Identifier: GPL-2.0-or-later
// Texts made from the table of commands. No line is wider than 79 columns.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/command.hpp"

namespace sluice::cli {

std::string short_usage();
std::string version_line();   // "sluice 0.1.0\n"
std::string help_of(const Command& command);
// Help for what the words name: nothing (all verbs), a group, a verb.
Result<std::string> help_of_words(std::span<const std::string> words);
std::string commands_markdown();   // docs/commands.md

std::string sentence(std::string_view help);     // a table's text, as a sentence of its own
std::string exit_statuses();                     // what each means, in three lines
std::string synopsis(const Command& command);    // "apply FILE [--why TEXT]"
std::string option_form(const Option& option);   // "-o, --output FORMAT", "--watch[=SECONDS]"

}   // namespace sluice::cli
