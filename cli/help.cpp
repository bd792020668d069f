// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.hpp"
#include "cli/commands.hpp"

namespace sluice::cli {
namespace {

constexpr size_t kWidth = 79;
constexpr std::string_view kIntroduction = "sluice turns this machine into a network gateway.\n\n";
constexpr std::string_view kExitStatuses =
    "Exit status: 0 done, 1 failed, 2 usage or no such thing, 3 document invalid,\n"
    "4 sluiced does not answer, 5 not permitted, 6 applied but degraded, 7 rolled\n"
    "back, 8 different.\n";
constexpr std::string_view kNoSuchThing =
    "Where what the words name is not there, it is 2: also for a `remove` of what is\n"
    "gone already. For a revision that is not there, a `confirm` of nothing, and what\n"
    "a node of a cluster does at a gateway that is none, it is 1.\n";

std::string value_form(const Option& option) {
  if (option.value.empty()) return "";
  return option.implied.empty() ? fmt::format(" {}", option.value) : fmt::format("[={}]", option.value);
}

std::string in_synopsis(const Option& option) {
  const std::string dashed =
      option.letter ? fmt::format("-{}", option.letter) : fmt::format("--{}", option.name);
  const std::string form = dashed + value_form(option) + (option.repeats ? "..." : "");
  return option.required ? form : "[" + form + "]";
}

// Words after each other, the next line under the first word.
std::string wrap(std::string start, const std::vector<std::string>& parts) {
  const std::string indent(std::min<size_t>(start.size() + 1, 16), ' ');
  std::string out, line = std::move(start);
  for (const auto& part : parts) {
    if (line.size() + 1 + part.size() > kWidth) {
      out += line + "\n";
      line = indent + part;
    } else {
      line += " " + part;
    }
  }
  return out + line + "\n";
}

std::vector<std::string> option_parts(const Command& command) {
  std::vector<std::string> parts;
  for (const auto& option : command.options) parts.push_back(in_synopsis(option));
  return parts;
}

std::string start_of(const Command& command) {
  return std::string(command.name) + (command.operand.empty() ? "" : " " + std::string(command.operand));
}

// Two columns; the second starts where the widest of the first ends.
std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows) {
  size_t width = 0;
  for (const auto& [left, right] : rows) width = std::max(width, left.size());
  std::string out;
  for (const auto& [left, right] : rows) {
    const bool fits = 4 + width + right.size() <= kWidth;
    out += fits ? fmt::format("  {:<{}}  {}\n", left, width, right)
                : fmt::format("  {}\n      {}\n", left, right);
  }
  return out;
}

std::string list_commands(std::string_view group) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& command : commands())
    if (group.empty() || split(command.name, ' ')[0] == group)
      rows.emplace_back(start_of(command), std::string(command.help));
  return two_columns(rows);
}

std::string list_options(const Command& command) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto options : {command.options, global_options()})
    for (const auto& option : options) rows.emplace_back(option_form(option), std::string(option.help));
  return two_columns(rows);
}

std::string help_of_group(std::string_view group) {
  return fmt::format("Usage: sluice {} ...\n\n{}\n`sluice help {} WORD` tells more about one of them.\n",
                     group, list_commands(group), group);
}

std::string help_of_all() {
  return fmt::format("{}{}\n{}\n`sluice help VERB` tells more about one of them.\n\n{}", kIntroduction,
                     short_usage(), list_commands(""), kExitStatuses);
}

std::string markdown_of(const Command& command) {
  std::string out = fmt::format("## `{}`\n\n{}\n\n```\n", start_of(command), sentence(command.help));
  out += wrap("sluice " + start_of(command), option_parts(command)) + "```\n";
  if (!command.options.empty()) out += "\n| option | what it does |\n| --- | --- |\n";
  for (const auto& option : command.options)
    out += fmt::format("| `{}` | {} |\n", option_form(option), option.help);
  return out + fmt::format("\nExample: `{}`\n", command.example);
}

// "completion bash": a verb and a word that its operand may be.
bool is_with_its_word(const Command& command, std::string_view words) {
  return std::ranges::any_of(choices_of(command.operand), [&](std::string_view word) {
    return words == fmt::format("{} {}", command.name, word);
  });
}

}   // namespace

std::string sentence(std::string_view text) {
  std::string out(text);
  out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out + ".";
}

std::string exit_statuses() { return std::string(kExitStatuses); }

std::string option_form(const Option& option) {
  const std::string letter = option.letter ? fmt::format("-{}, ", option.letter) : "";
  return fmt::format("{}--{}{}", letter, option.name, value_form(option));
}

std::string synopsis(const Command& command) {
  return start_of(command) + " " + join(option_parts(command), " ");
}

std::string short_usage() {
  return "Usage: sluice [--socket PATH] VERB ...   (`sluice help` lists the verbs)\n";
}

std::string version_line() { return "sluice " SLUICE_VERSION "\n"; }

std::string help_of(const Command& command) {
  return fmt::format("{}\n{}\n\nOptions:\n{}\nExample:\n  {}\n",
                     wrap("Usage: sluice " + start_of(command), option_parts(command)),
                     sentence(command.help), list_options(command), command.example);
}

Result<std::string> help_of_words(std::span<const std::string> words) {
  const std::vector<std::string> parts(words.begin(), words.end());
  const std::string name = join(parts, " ");
  if (name.empty()) return help_of_all();
  std::vector<std::string> known;
  for (const auto& command : commands()) {
    if (command.name == name || is_with_its_word(command, name)) return help_of(command);
    if (command.name.starts_with(name + " ")) return help_of_group(name);
    known.emplace_back(command.name);
  }
  const auto meant = did_you_mean(name, known);
  return fail(fmt::format("there is no \"{}\"{}", name,
                          meant ? fmt::format(", did you mean \"{}\"?", *meant) : "; see `sluice help`"),
              ErrorKind::kUsage);
}

std::string commands_markdown() {
  std::string out =
      "# Commands\n\nMade by `sluice help --markdown`; a test compares.\n\n"
      "Every verb takes the options of this table, before it or after it.\n\n"
      "| option | what it does |\n| --- | --- |\n";
  for (const auto& option : global_options())
    out += fmt::format("| `{}` | {} |\n", option_form(option), option.help);
  out += fmt::format("\n{}\n{}", kExitStatuses, kNoSuchThing);
  for (const auto& command : commands()) out += "\n" + markdown_of(command);
  return out;
}

}   // namespace sluice::cli
