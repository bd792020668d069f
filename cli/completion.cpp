// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>
#include <vector>

#include "base/text.hpp"
#include "cli/commands.hpp"

namespace sluice::cli {
namespace {

std::string dashed(const Option& option) { return "--" + std::string(option.name); }

// Options whose value is a word of its own, as a case pattern: "--socket|-o|--output".
std::string with_value(bool choices, bool paths) {
  std::set<std::string> names;
  const auto add = [&](std::span<const Option> options) {
    for (const auto& option : options) {
      if (option.value.empty() || !option.implied.empty()) continue;
      if (option.choices.empty() == choices || is_path(option.value) != paths) continue;
      names.insert(dashed(option));
      if (option.letter) names.insert(fmt::format("-{}", option.letter));
    }
  };
  add(global_options());
  for (const auto& command : commands()) add(command.options);
  return join(std::vector<std::string>(names.begin(), names.end()), "|");
}

std::string options_of(std::span<const Option> own) {
  std::string out;
  for (const auto options : {own, global_options()})
    for (const auto& option : options) out += " " + dashed(option);
  return out.substr(1);
}

// The words that may follow `group`; with an empty one, the first words.
std::string words_after(std::string_view group) {
  std::vector<std::string> words;
  for (const auto& command : commands()) {
    const auto parts = split(command.name, ' ');
    const auto word = group.empty() ? parts[0] : parts.size() == 2 && parts[0] == group ? parts[1] : "";
    if (!word.empty() && std::ranges::find(words, word) == words.end()) words.emplace_back(word);
  }
  return join(words, " ");
}

std::string line(std::string_view pattern, std::string_view words, bool files = false) {
  return fmt::format("    {}) offers='{}'{} ;;\n", pattern, words, files ? " files=yes" : "");
}

// The words of each option that has a choice of them.
std::string choice_cases() {
  std::set<std::string> cases;
  for (const auto& command : commands())
    for (const auto& option : command.options) {
      if (option.choices.empty()) continue;
      const std::string letter = option.letter ? fmt::format("|-{}", option.letter) : "";
      const std::vector<std::string> words(option.choices.begin(), option.choices.end());
      cases.insert(line(dashed(option) + letter, join(words, " ")));
    }
  return join(std::vector<std::string>(cases.begin(), cases.end()), "");
}

std::string operand_words(const Command& command) {
  if (command.operand == "[VERB]") return words_after("") + " ";
  std::string words;
  for (const std::string_view word : choices_of(command.operand)) words += std::string(word) + " ";
  return words;
}

// The verb with all its operands comes first: what is a pattern for one of them matches two as well.
std::string cases_of(const Command& command) {
  const auto operands = operands_of(command);
  const std::string options = options_of(command.options);
  std::string out, pattern = fmt::format("'{}'", command.name);
  for (size_t i = 0; i <= operands.size(); ++i, pattern += "' '*") {
    const bool files = i < operands.size() && is_path(operands[i]);
    out.insert(0, line(pattern, (i == 0 ? operand_words(command) : "") + options, files));
  }
  return out;
}

std::string cases() {
  std::string out = line("''", words_after("") + " " + options_of({}));
  std::set<std::string> groups;
  for (const auto& command : commands()) {
    const auto parts = split(command.name, ' ');
    if (parts.size() == 2 && groups.emplace(parts[0]).second)
      out += line(fmt::format("'{}'", parts[0]), words_after(parts[0]));
    out += cases_of(command);
  }
  return out;
}

// What both shells read in the same way: from the words before the cursor to what may come.
constexpr std::string_view kChoose = R"(  case $previous in
{choices}    {paths}) offers='' files=yes ;;
    {free}) return ;;
    *) case $before in
{cases}    esac ;;
  esac
)";

constexpr std::string_view kBash = R"(# bash completion for sluice; made by `sluice completion bash`
_sluice() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
  local before='' offers='' files='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${{COMP_WORDS[i]}} in
    {values}) ((i++)) ;;
    --watch) [[ ${{COMP_WORDS[i + 1]}} == '=' ]] && ((i += 2)) ;;
    -?*) ;;
    *) before+=${{before:+ }}${{COMP_WORDS[i]}} ;;
    esac
  done
{choose}  mapfile -t COMPREPLY < <(compgen -W "$offers" -- "$current")
  if [[ $files ]]; then
    compopt -o filenames 2> /dev/null
    mapfile -t -O "${{#COMPREPLY[@]}}" COMPREPLY < <(compgen -f -- "$current")
  fi
}}
complete -F _sluice sluice
)";

// Both as a file of a folder of $fpath and sourced.
constexpr std::string_view kZsh = R"(#compdef sluice
# zsh completion for sluice; made by `sluice completion zsh`
_sluice() {{
  local previous=${{words[CURRENT - 1]}} before='' offers='' files='' i
  for ((i = 2; i < CURRENT; i++)); do
    case ${{words[i]}} in
    {values}) ((i++)) ;;
    -?*) ;;
    *) before+=${{before:+ }}${{words[i]}} ;;
    esac
  done
{choose}  [[ -z $offers ]] || compadd -- ${{=offers}}
  [[ -z $files ]] || _files
}}
if [[ ${{funcstack[1]}} == _sluice ]]; then
  _sluice "$@"
else
  compdef _sluice sluice
fi
)";

std::string script(std::string_view shell) {
  const std::string choices = with_value(true, false), paths = with_value(false, true),
                    free = with_value(false, false);
  const std::string choose =
      fmt::format(kChoose, fmt::arg("choices", choice_cases()), fmt::arg("paths", paths),
                  fmt::arg("free", free), fmt::arg("cases", cases()));
  return fmt::format(fmt::runtime(shell), fmt::arg("values", choices + "|" + paths + "|" + free),
                     fmt::arg("choose", choose));
}

}   // namespace

std::string bash_completion() { return script(kBash); }

std::string zsh_completion() { return script(kZsh); }

}   // namespace sluice::cli
