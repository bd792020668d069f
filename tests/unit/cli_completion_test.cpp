// SPDX-License-Identifier: GPL-2.0-or-later
// Each shell sources its script and is asked what may stand at the end of a line.
#include <cstdlib>
#include <fstream>
#include <set>

#include "base/text.hpp"
#include "cli/completion.hpp"
#include "cli/manual.hpp"
#include "cli_rig.hpp"

namespace sluice::cli {
namespace {

using Words = std::set<std::string>;

struct Shell {
  std::string name;
  std::string (*script)();
  // A program that prints one word a line, for the words before the cursor and what is begun.
  std::string (*question)(const std::string& before, const std::string& begun);
};

std::string ask_bash(const std::string& before, const std::string& begun) {
  return ". ./script; COMP_WORDS=(" + before + " \"" + begun +
         "\"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _sluice; printf \"%s\\n\" \"${COMPREPLY[@]}\"";
}

// The functions of its completion system, which no line editor stands behind here.
std::string ask_zsh(const std::string& before, const std::string& begun) {
  return "compdef() {}; compadd() { shift; print -l -- ${(M)@:#" + begun +
         "*}; }; _files() { print -l -- *; }; . ./script; words=(" + before + " \"" + begun +
         "\"); CURRENT=${#words}; _sluice";
}

std::string ask_fish(const std::string& before, const std::string& begun) {
  return "source ./script; complete -C \"" + before + " " + begun + "\" | string split -f 1 \\t";
}

const Shell kShells[] = {{"bash", bash_completion, ask_bash},
                         {"zsh", zsh_completion, ask_zsh},
                         {"fish", fish_completion, ask_fish}};

class Completion : public testing::TestWithParam<Shell> {
 protected:
  void SetUp() override {
    if (std::system(("command -v " + GetParam().name + " > /dev/null").c_str()) != 0)
      GTEST_SKIP() << GetParam().name << " is not installed";
    std::ofstream(directory_ / "script") << GetParam().script();
    std::ofstream(directory_ / "home.json") << "{}";
  }

  int run(const std::string& arguments) {
    const std::string there = (directory_ / "").native();
    return std::system(
        ("cd " + there + " && HOME=" + there + " " + GetParam().name + " " + arguments + " > out 2> err")
            .c_str());
  }

  Words offered(const std::string& before, const std::string& begun = "") {
    std::ofstream(directory_ / "question") << GetParam().question(before, begun);
    run("question");
    EXPECT_EQ(slurp(directory_ / "err"), "") << before;
    Words words;
    const std::string printed = slurp(directory_ / "out");
    for (const auto line : split(printed, '\n'))
      if (!line.empty()) words.emplace(line);
    return words;
  }

  bool offers(const std::string& word, const std::string& before, const std::string& begun = "") {
    return offered(before, begun).contains(word);
  }

 private:
  TempDirectory directory_;
};

TEST_P(Completion, is_valid) { EXPECT_EQ(run("-n script"), 0); }

TEST_P(Completion, knows_verbs_and_objects) {
  EXPECT_TRUE(offers("apply", "sluice"));
  EXPECT_TRUE(offers("show", "sluice"));
  EXPECT_FALSE(offers("flows", "sluice"));
  EXPECT_TRUE(offers("flows", "sluice show"));
  EXPECT_FALSE(offers("apply", "sluice show"));
  EXPECT_TRUE(offers("flows", "sluice --socket x show -o json"));
  EXPECT_TRUE(offers("zsh", "sluice completion"));
}

TEST_P(Completion, knows_options_and_their_words) {
  EXPECT_TRUE(offers("--watch", "sluice show flows", "--w"));
  EXPECT_TRUE(offers("--socket", "sluice show flows", "--s"));
  EXPECT_FALSE(offers("--watch", "sluice check", "--w"));
  EXPECT_EQ(offered("sluice show flows -o"), (Words{"table", "wide", "json", "jsonl"}));
  EXPECT_EQ(offered("sluice check --engine"), (Words{"ebpf", "nftables"}));
}

TEST_P(Completion, knows_where_files_stand) {
  EXPECT_TRUE(offers("home.json", "sluice apply"));
  EXPECT_FALSE(offers("home.json", "sluice apply home.json"));
  EXPECT_FALSE(offers("home.json", "sluice endpoint import"));
  EXPECT_TRUE(offers("home.json", "sluice endpoint import home"));
  EXPECT_FALSE(offers("home.json", "sluice endpoint import home a.csv"));
  EXPECT_TRUE(offers("home.json", "sluice endpoint config home phone --png"));
}

INSTANTIATE_TEST_SUITE_P(Shells, Completion, testing::ValuesIn(kShells),
                         [](const auto& shell) { return shell.param.name; });

TEST(Manual, has_a_page_of_each_verb_that_man_reads_without_a_complaint) {
  const TempDirectory directory;
  for (const ManualPage& page : manual_pages()) {
    const auto file = directory / page.file;
    std::ofstream(file) << page.text;
    const std::string groff = "groff -man -Tutf8 -ww -z " + file.native() + " 2>&1 | tee " +
                              (directory / "complaints").native() + " > /dev/null";
    EXPECT_EQ(std::system(groff.c_str()), 0);
    EXPECT_EQ(slurp(directory / "complaints"), "") << page.file;
  }
}

}   // namespace
}   // namespace sluice::cli
