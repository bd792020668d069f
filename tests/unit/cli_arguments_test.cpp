// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "cli/arguments.hpp"
#include "cli/commands.hpp"

namespace sluice::cli {
namespace {

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (const auto word : split(line, ' '))
    if (!word.empty()) words.emplace_back(word);
  return words;
}

Result<Arguments> parse(std::string_view line) { return parse_arguments(words_of(line)); }

std::string refusal(std::string_view line) {
  const auto parsed = parse(line);
  if (parsed) return "accepted";
  EXPECT_EQ(parsed.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(parsed.error().message.find('\n'), std::string::npos);
  return parsed.error().message;
}

TEST(ArgumentsTest, finds_a_verb_of_two_words) {
  const auto parsed = parse("show flows");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->command->name, "show flows");
  EXPECT_TRUE(parsed->operands.empty());
}

TEST(ArgumentsTest, takes_options_anywhere) {
  for (const auto line : {"--socket /s -o json show flows", "show --socket /s flows -o json",
                          "show flows --socket=/s --output=json", "-ojson show flows --socket /s"}) {
    const auto parsed = parse(line);
    ASSERT_TRUE(parsed.has_value()) << line << ": " << parsed.error().message;
    EXPECT_EQ(parsed->command->name, "show flows");
    EXPECT_EQ(parsed->value("socket"), "/s");
    EXPECT_EQ(parsed->value("output"), "json");
  }
}

TEST(ArgumentsTest, does_not_take_the_next_word_for_the_pause_of_watch) {
  const auto parsed = parse("--watch show flows");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ(parsed->value("watch"), "2");
  EXPECT_EQ(parse("show flows --watch=5")->value("watch"), "5");
}

TEST(ArgumentsTest, knows_standard_input_and_the_end_of_options) {
  EXPECT_EQ(parse("check -")->operands, std::vector<std::string>{"-"});
  EXPECT_EQ(parse("check -- --home.json")->operands, std::vector<std::string>{"--home.json"});
}

TEST(ArgumentsTest, collects_what_may_be_repeated) {
  const auto parsed = parse(
      "forward add web --listen eth0 --ports 80,443 --to 192.0.2.2 --source admins --source "
      "a,198.51.100.0/24");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ(parsed->operands, std::vector<std::string>{"web"});
  EXPECT_EQ(parsed->values("source"), (std::vector<std::string>{"admins", "a", "198.51.100.0/24"}));
  EXPECT_EQ(parsed->values("ports"), (std::vector<std::string>{"80", "443"}));
  EXPECT_TRUE(parsed->values("protocol").empty());
}

TEST(ArgumentsTest, refuses_in_one_line_with_a_hint) {
  EXPECT_EQ(refusal(""), "no verb is given; see `sluice help`");
  EXPECT_EQ(refusal("chekc x"), "there is no \"chekc\", did you mean \"check\"?");
  EXPECT_EQ(refusal("xyzzy"), "there is no \"xyzzy\"; see `sluice help`");
  EXPECT_EQ(refusal("show"),
            "show what? interfaces, flows, mappings, policies, forwards, services, vrfs, limits, tenants, "
            "networks, endpoints, names, leases, drops, pods, containers, certificates, "
            "relay, relays, ssh");
  EXPECT_EQ(refusal("show flwos"), "show: there is no \"flwos\", did you mean \"flows\"?");
  EXPECT_EQ(refusal("status --wach"), "unknown option --wach, did you mean --watch?");
  EXPECT_EQ(refusal("status -x"), "unknown option -x; see `sluice help`");
  EXPECT_EQ(refusal("status --xyzzy x"), "unknown option --xyzzy; see `sluice help`");
  EXPECT_NE(refusal("status --words x"), "accepted");
  EXPECT_EQ(refusal("status -o xml"), "--output: \"xml\" is not one of table, wide, json, jsonl");
  EXPECT_EQ(refusal("status --why x"), "status has no option --why; see `sluice help status`");
  EXPECT_EQ(refusal("check"), "check: FILE is missing, for example: sluice check home.json");
  EXPECT_EQ(refusal("check a b"), "check: \"b\" is too much");
  EXPECT_EQ(refusal("endpoint config"),
            "endpoint config: NETWORK is missing, for example: sluice endpoint config home phone --qr");
  EXPECT_EQ(refusal("endpoint config home"),
            "endpoint config: NAME is missing, for example: sluice endpoint config home phone --qr");
  EXPECT_EQ(refusal("endpoint config home phone x"), "endpoint config: \"x\" is too much");
  EXPECT_EQ(refusal("status --socket"), "option --socket takes a value");
  EXPECT_EQ(refusal("status -o"), "option --output takes a value");
  EXPECT_EQ(refusal("plan x --exit-code=1"), "option --exit-code takes no value");
  EXPECT_TRUE(refusal("forward add web --ports 80 --to x").starts_with("forward add: --listen is missing"));
}

TEST(ArgumentsTest, lets_help_and_version_through_whatever_is_missing) {
  EXPECT_TRUE(parse("check -h")->has("help"));
  EXPECT_TRUE(parse("--help")->has("help"));
  EXPECT_EQ(parse("show -h")->operands, std::vector<std::string>{"show"});
  EXPECT_TRUE(parse("--version")->has("version"));
}

// Quotes and redirections are the shell's; what is left must be accepted.
TEST(ArgumentsTest, accepts_the_example_of_every_verb) {
  for (const auto& command : commands()) {
    std::string line(command.example.substr(0, command.example.find(" > ")));
    if (line.starts_with("source <(")) line = line.substr(9, line.size() - 10);
    if (const auto quote = line.find(" \""); quote != line.npos) line = line.substr(0, quote) + " text";
    ASSERT_TRUE(line.starts_with("sluice ")) << line;
    const auto parsed = parse(line.substr(7));
    ASSERT_TRUE(parsed.has_value()) << line << ": " << parsed.error().message;
    EXPECT_EQ(parsed->command->name, command.name);
  }
}

}   // namespace
}   // namespace sluice::cli
