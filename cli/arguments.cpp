// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/scan.hpp"

namespace sluice::cli {
namespace {

std::unexpected<Error> usage(std::string text) { return fail(std::move(text), ErrorKind::kUsage); }

// Whether the words of its name stand there in a row: before the parse nobody knows which words are values.
bool is_mentioned(const Command& command, std::span<const std::string> words) {
  return !std::ranges::search(words, split(command.name, ' ')).empty();
}

// Unless one is there of that name; without its letter where another one has it.
void add_option(Option option, std::vector<Option>& all) {
  if (std::ranges::find(all, option.name, &Option::name) != all.end()) return;
  if (std::ranges::find(all, option.letter, &Option::letter) != all.end()) option.letter = 0;
  all.push_back(option);
}

// The options of every verb: one parse serves them all, so that options may stand before the verb. Those of
// the verb itself come first: they may mean something else than others of their name or letter.
std::vector<Option> every_option(std::span<const std::string> words) {
  std::vector<Option> all;
  for (const auto& command : commands())
    if (is_mentioned(command, words))
      for (const auto& option : command.options) add_option(option, all);
  for (const auto& option : global_options()) add_option(option, all);
  for (const auto& command : commands())
    for (const auto& option : command.options) add_option(option, all);
  return all;
}

size_t words_of(const Command& command) { return split(command.name, ' ').size(); }

bool names(const Command& command, std::span<const std::string> words) {
  const auto parts = split(command.name, ' ');
  return words.size() >= parts.size() && std::ranges::equal(parts, words.first(parts.size()));
}

const Command* find_command(std::span<const std::string> words) {
  const auto found =
      std::ranges::find_if(commands(), [&](const Command& command) { return names(command, words); });
  return found == commands().end() ? nullptr : &*found;
}

// The words that may stand after `group`; with an empty group, the first words.
std::vector<std::string> next_words(std::string_view group) {
  std::vector<std::string> result;
  for (const auto& command : commands()) {
    const auto parts = split(command.name, ' ');
    const bool inside = parts.size() == 2 && parts[0] == group;
    const std::string word(group.empty() ? parts[0] : inside ? parts[1] : "");
    if (!word.empty() && std::ranges::find(result, word) == result.end()) result.push_back(word);
  }
  return result;
}

std::unexpected<Error> unknown_verb(std::span<const std::string> words) {
  if (words.empty()) return usage("no verb is given; see `sluice help`");
  const auto seconds = next_words(words[0]);
  const bool is_group = !words[0].empty() && !seconds.empty();
  if (is_group && words.size() == 1) return usage(fmt::format("{} what? {}", words[0], join(seconds, ", ")));
  const auto& wrong = words[is_group ? 1 : 0];
  const auto meant = did_you_mean(wrong, is_group ? seconds : next_words(""));
  const std::string where = is_group ? words[0] + ": " : "";
  const std::string hint = meant ? fmt::format(", did you mean \"{}\"?", *meant) : "; see `sluice help`";
  return usage(fmt::format("{}there is no \"{}\"{}", where, wrong, hint));
}

Result<> check_operands(const Arguments& arguments) {
  const auto& command = *arguments.command;
  const auto wanted = operands_of(command);
  const size_t given = arguments.operands.size();
  const bool optional = command.operand.starts_with('[');
  const size_t least = optional ? 0 : wanted.size();
  const bool is_open = command.operand.ends_with("...");
  const size_t most = is_open ? given : command.operand == "[VERB]" ? 2 : wanted.size();
  if (given < least)
    return usage(
        fmt::format("{}: {} is missing, for example: {}", command.name, wanted[given], command.example));
  if (given > most)
    return usage(fmt::format("{}: \"{}\" is too much", command.name, arguments.operands[most]));
  return {};
}

Result<> check_value(const Option& option, const std::vector<std::string>& values) {
  if (option.choices.empty() || values.empty()) return {};
  const auto& value = values.back();
  if (std::ranges::find(option.choices, value) != option.choices.end()) return {};
  const std::vector<std::string> choices(option.choices.begin(), option.choices.end());
  return usage(fmt::format("--{}: \"{}\" is not one of {}", option.name, value, join(choices, ", ")));
}

const Option* option_of(const Command& command, std::string_view name) {
  for (const auto options : {command.options, global_options()})
    for (const auto& option : options)
      if (option.name == name) return &option;
  return nullptr;
}

Result<> check_options(const Arguments& arguments) {
  const auto& command = *arguments.command;
  for (const auto& [name, values] : arguments.options) {
    const auto* option = option_of(command, name);
    if (!option)
      return usage(fmt::format("{0} has no option --{1}; see `sluice help {0}`", command.name, name));
    TRY(check_value(*option, values));
  }
  for (const auto& option : command.options)
    if (option.required && !arguments.has(option.name))
      return usage(
          fmt::format("{}: --{} is missing, for example: {}", command.name, option.name, command.example));
  return {};
}

}   // namespace

std::vector<std::string_view> operands_of(const Command& command) {
  if (command.operand.empty()) return {};
  auto words = split(command.operand, ' ');
  for (std::string_view& word : words) {
    if (word.starts_with('[')) word.remove_prefix(1);
    while (word.ends_with(']')) word.remove_suffix(1);
  }
  return words;
}

std::vector<std::string_view> choices_of(std::string_view operand) {
  const auto is_word = [](unsigned char c) { return std::islower(c) || c == '|'; };
  const bool is_choice = !operand.empty() && std::ranges::all_of(operand, is_word);
  return is_choice ? split(operand, '|') : std::vector<std::string_view>();
}

bool Arguments::asks_version() const {
  const auto found = options.find("version");
  return found != options.end() && found->second.empty();   // with a value it is a verb's own option
}

std::string Arguments::value(std::string_view option, std::string_view otherwise) const {
  const auto found = options.find(option);
  return found == options.end() || found->second.empty() ? std::string(otherwise) : found->second.back();
}

std::vector<std::string> Arguments::values(std::string_view option) const {
  std::vector<std::string> result;
  const auto found = options.find(option);
  if (found == options.end()) return result;
  for (const auto& value : found->second)
    for (const auto part : split(value, ',')) result.emplace_back(part);
  return result;
}

Result<Arguments> parse_arguments(std::span<const std::string> words) {
  auto scanned = TRY(scan(words, every_option(words)));
  Arguments result{find_command(scanned.words), std::move(scanned.words), std::move(scanned.options)};
  const bool asks = result.has("help") || result.asks_version();
  if (!result.command) {
    if (asks) return result;
    return unknown_verb(result.operands);
  }
  const auto verb_end = result.operands.begin() + static_cast<std::ptrdiff_t>(words_of(*result.command));
  result.operands.erase(result.operands.begin(), verb_end);
  if (asks) return result;
  TRY(check_options(result));
  TRY(check_operands(result));
  return result;
}

}   // namespace sluice::cli
