// SPDX-License-Identifier: GPL-2.0-or-later
// What a user sees of each answer, through the real client, the real server and every format.
#include "cli_golden.hpp"

#include "api/router.hpp"

namespace sluice::cli {
namespace {

class Golden : public CliTest, public testing::WithParamInterface<std::string> {
 protected:
  Golden() {
    const auto answers = nlohmann::json::parse(
        slurp(std::filesystem::path(SLUICE_SOURCE_DIR) / "tests/golden/cli/answers.json"));
    for (const auto& [call, answer] : answers.items()) daemon.service.answers.insert({call, answer});
    for (const std::string list : {"flows", "mappings"})
      daemon.service.lists[list] = answers.at("show " + list).at(list);
  }

  // "$ sluice show flows -o json" and what it prints
  std::string transcript(const std::vector<std::string>& words) {
    std::string line = "$ sluice";
    for (const auto& word : words) line += " " + word;
    const auto ran = run(words, "{}");
    return line + "\n" + ran.out + (ran.err.empty() ? "" : "(stderr)\n" + ran.err) +
           (ran.status == 0 ? "" : "(exit status " + std::to_string(ran.status) + ")\n") + "\n";
  }
};

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

TEST_P(Golden, looks_as_kept) {
  std::string text;
  for (const std::string format : {"table", "wide", "json", "jsonl"}) {
    auto words = words_of(GetParam());
    if (format != "table") words.insert(words.end(), {"-o", format});
    text += transcript(words);
  }
  std::string name = GetParam();
  std::ranges::replace(name, ' ', '-');
  expect_golden("tests/golden/cli/" + name + ".txt", text);
}

INSTANTIATE_TEST_SUITE_P(Verbs, Golden,
                         testing::Values("status", "show interfaces", "show flows", "show mappings",
                                         "show policies", "show forwards", "show services", "show vrfs",
                                         "show limits", "show tenants", "show networks", "show endpoints",
                                         "show names", "show leases", "show drops", "show relay",
                                         "show relays", "show ssh", "plan -", "doctor",
                                         "reachability status"),
                         [](const auto& info) {
                           std::string name;
                           for (const char c : info.param) name += std::isalnum(c) ? c : '_';
                           return name;
                         });

// One line is one JSON object, whatever the daemon said.
TEST_P(Golden, has_json_that_others_can_read) {
  auto words = words_of(GetParam());
  words.insert(words.end(), {"-o", "json"});
  EXPECT_EQ(nlohmann::json::parse(run(words, "{}").out)["schema_version"], kSchemaVersion);
  words.back() = "jsonl";
  std::istringstream lines(run(words, "{}").out);
  for (std::string line; std::getline(lines, line);)
    EXPECT_EQ(nlohmann::json::parse(line)["schema_version"], kSchemaVersion) << line;
}

TEST_P(Golden, prints_no_control_character) {
  for (const std::string format : {"table", "wide", "json", "jsonl"}) {
    auto words = words_of(GetParam());
    words.insert(words.end(), {"-o", format});
    for (const char c : run(words, "{}").out)
      EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << int(c);
  }
}

}   // namespace
}   // namespace sluice::cli
