// SPDX-License-Identifier: GPL-2.0-or-later
#include <map>

#include "api/router.hpp"
#include "base/text.hpp"
#include "cli/columns.hpp"
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli_golden.hpp"

namespace sluice::cli {
namespace {

void expect_narrow(std::string_view text) {
  for (const auto line : split(text, '\n')) EXPECT_LE(line.size(), 79u) << line;
}

TEST(Help, fits_a_terminal_of_80_columns) {
  expect_narrow(*help_of_words({}));
  expect_narrow(short_usage());
  for (const auto& command : commands()) expect_narrow(help_of(command));
  for (const std::string group : {"show", "forward", "network", "endpoint"})
    expect_narrow(*help_of_words(std::vector{group}));
}

TEST(Help, names_every_verb_and_every_option) {
  const auto all = *help_of_words({});
  for (const auto& command : commands()) {
    EXPECT_NE(all.find(command.name), all.npos) << command.name;
    const auto text = help_of(command);
    for (const auto& option : command.options) EXPECT_NE(text.find(option_form(option)), text.npos) << text;
    EXPECT_NE(text.find(command.example), text.npos);
  }
}

TEST(Help, has_the_same_option_mean_the_same_everywhere) {
  std::map<std::string_view, const Option*> seen;
  for (const auto& command : commands())
    for (const auto& option : command.options) {
      if (command.name == "explain" && option.name == "watch") continue;   // packets come by themselves
      const auto* first = seen.try_emplace(option.name, &option).first->second;
      EXPECT_EQ(first->value.empty(), option.value.empty()) << option.name;
      EXPECT_EQ(first->letter, option.letter) << option.name;
      EXPECT_EQ(first->implied, option.implied) << option.name;
    }
}

TEST(Help, shows_what_the_socket_can_show) {
  for (const auto object : kShowObjects) {
    EXPECT_FALSE(columns_of(object).empty()) << object;
    EXPECT_TRUE(help_of_words(std::vector<std::string>{"show", std::string(object)}).has_value()) << object;
  }
}

TEST(Help, is_the_same_in_the_documentation) { expect_golden("docs/commands.md", commands_markdown()); }

TEST(Help, answers_in_each_way_of_asking) {
  FakeMachine machine;
  const auto by_verb = run_words({"help", "show", "flows"}, machine);
  EXPECT_EQ(by_verb.status, kExitDone);
  EXPECT_EQ(run_words({"show", "flows", "-h"}, machine).out, by_verb.out);
  EXPECT_EQ(run_words({"--help", "show", "flows"}, machine).out, by_verb.out);
  EXPECT_EQ(run_words({"--help"}, machine).out, run_words({"help"}, machine).out);
  EXPECT_EQ(run_words({"--version"}, machine).out, run_words({"version"}, machine).out);
  EXPECT_EQ(run_words({"help", "shw"}, machine).status, kExitUsage);
  const auto nothing = run_words({}, machine);
  EXPECT_EQ(nothing.status, kExitUsage);
  EXPECT_EQ(nothing.err, short_usage());
}

}   // namespace
}   // namespace sluice::cli
