// SPDX-License-Identifier: GPL-2.0-or-later
// fish asks for a line of its own for everything that may be completed, with its description.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"

namespace sluice::cli {
namespace {

// Within '...'.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string names_of(const Option& option) {
  const std::string letter = option.letter ? fmt::format(" -s {}", option.letter) : "";
  return fmt::format("-l {}{}", option.name, letter);
}

// A value that may be left out is written behind "=" and not completed.
std::string value_of(const Option& option) {
  if (option.value.empty() || !option.implied.empty()) return "";
  if (is_path(option.value)) return " -r -F";
  const std::vector<std::string> words(option.choices.begin(), option.choices.end());
  return words.empty() ? " -x" : fmt::format(" -x -a {}", in_quotes(join(words, " ")));
}

std::string option_lines(std::span<const Option> options, std::string_view when) {
  std::string out;
  for (const Option& option : options)
    out += fmt::format("complete -c sluice{} {}{} -d {}\n", when, names_of(option), value_of(option),
                       in_quotes(option.help));
  return out;
}

std::string when_at(std::string_view words, size_t operands) {
  return fmt::format(" -n {}", in_quotes(fmt::format("__sluice_at {} '{}'", operands, words)));
}

std::string operand_lines(const Command& command) {
  const auto operands = operands_of(command);
  std::string out;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (is_path(operands[i])) out += fmt::format("complete -c sluice{} -F\n", when_at(command.name, i));
    for (const std::string_view word : choices_of(operands[i]))
      out += fmt::format("complete -c sluice{} -a {}\n", when_at(command.name, i), word);
  }
  return out;
}

std::string lines_of(const Command& command) {
  const auto parts = split(command.name, ' ');
  const bool in_group = parts.size() == 2;
  std::string out = fmt::format("complete -c sluice{} -a {} -d {}\n", when_at(in_group ? parts[0] : "", 0),
                                in_quotes(parts.back()), in_quotes(command.help));
  const std::string within = in_quotes(fmt::format("__sluice_in '{}'", command.name));
  return out + operand_lines(command) + option_lines(command.options, " -n " + within);
}

std::string groups() {
  std::set<std::string> names;
  for (const Command& command : commands())
    if (const auto parts = split(command.name, ' '); parts.size() == 2) names.emplace(parts[0]);
  std::string out;
  for (const std::string& name : names)
    out += fmt::format("complete -c sluice{} -a {}\n", when_at("", 0), in_quotes(name));
  return out;
}

// Options whose value is a word of its own.
std::string taking_a_word() {
  std::set<std::string> names;
  const auto add = [&](std::span<const Option> options) {
    for (const Option& option : options) {
      if (option.value.empty() || !option.implied.empty()) continue;
      names.insert(fmt::format("--{}", option.name));
      if (option.letter) names.insert(fmt::format("-{}", option.letter));
    }
  };
  add(global_options());
  for (const Command& command : commands()) add(command.options);
  return join(std::vector<std::string>(names.begin(), names.end()), " ");
}

constexpr std::string_view kFishHead = R"(# fish completion for sluice; made by `sluice completion fish`
# The verb and its operands, as far as they are written.
function __sluice_words
  set -l skip
  for word in (commandline -opc)[2..]
    if set -q skip[1]
      set -e skip
    else
      switch $word
        case {}
          set skip yes
        case '-?*'
        case '*'
          echo $word
      end
    end
  end
end
function __sluice_in
  string match -q -- "$argv[1] *" (string join ' ' (__sluice_words))' '
end
function __sluice_at
  set -l there (__sluice_words)
  set -l verb (string split -n ' ' -- $argv[2])
  set -l first
  set -q verb[1]; and set first $there[1..(count $verb)]
  test (count $there) -eq (math (count $verb) + $argv[1]); and test "$first" = "$argv[2]"
end
complete -c sluice -f
)";

}   // namespace

std::string fish_completion() {
  std::string out = fmt::format(kFishHead, taking_a_word()) + option_lines(global_options(), "") + groups();
  for (const Command& command : commands()) out += lines_of(command);
  return out;
}

}   // namespace sluice::cli
