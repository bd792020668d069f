// SPDX-License-Identifier: GPL-2.0-or-later
// The whole table of each example, as it goes to libnftables. SLUICE_GOLDEN_UPDATE=1 writes the texts anew,
// to be read before they are committed.
#include <sstream>

#include "compile_nft_fixture.hpp"
#include "config_corpus.hpp"

namespace sluice::test {
namespace {

// A command on each line, and an element on each: JSON still, and a change can be read.
std::string in_lines(const json& command) {
  json frame = command;
  json& object = *frame.begin()->begin();
  if (!object.contains("elem")) return command.dump();
  std::string rows;
  for (const json& element : object["elem"]) rows += (rows.empty() ? "\n    " : ",\n    ") + element.dump();
  object["elem"] = json::array();
  std::string text = frame.dump();
  return text.insert(text.find("\"elem\":[") + 8, rows);
}

std::string in_lines(const std::string& transaction) {
  const json commands = json::parse(transaction);
  std::string text;
  for (const json& command : commands["nftables"])
    text += (text.empty() ? "  " : ",\n  ") + in_lines(command);
  return "{\"nftables\": [\n" + text + "\n]}\n";
}

// Nobody wants to read two thousand lines to see which one it is.
std::string first_difference(const std::string& kept, const std::string& text) {
  std::istringstream a(kept), b(text);
  std::string of_a, of_b;
  for (int line = 1; std::getline(a, of_a) && std::getline(b, of_b); ++line)
    if (of_a != of_b) return "line " + std::to_string(line) + ":\n  kept " + of_a + "\n  now  " + of_b;
  return "one is longer";
}

void expect_text(const std::string& name, const std::string& text) {
  const auto file = kSource / "tests/golden/nft" / name;
  if (std::getenv("SLUICE_GOLDEN_UPDATE")) {
    ASSERT_TRUE(write_file_atomically(file, text, 0644));
    return;
  }
  const auto kept = read_file(file, 4u << 20);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_TRUE(*kept == text) << "SLUICE_GOLDEN_UPDATE=1 writes " << file << " anew; "
                             << first_difference(*kept, text);
}

class NftGolden : public testing::TestWithParam<const char*> {
 protected:
  Table table() const {
    const std::string name = std::string(GetParam()) + ".json";
    const bool example = std::filesystem::exists(kExamples / name);
    Document document =
        parsed(text_of((example ? kExamples : kSource / "tests/golden/documents/good") / name));
    document.engine = EngineChoice::kNftables;
    const auto plan = make_plan(document, machine_for(document));
    return Table(plan.value().table);
  }
};

TEST_P(NftGolden, TransactionIsTheOneThatIsKept) {
  const std::string text = transaction(nullptr, table().rules());
  EXPECT_EQ(json::parse(in_lines(text)), json::parse(text));
  expect_text(std::string(GetParam()) + ".json", in_lines(text));
}

TEST_P(NftGolden, TextIsTheOneThatIsKept) {
  expect_text(std::string(GetParam()) + "-text.txt", text_transaction(nullptr, table().rules()));
}

INSTANTIATE_TEST_SUITE_P(Examples, NftGolden,
                         testing::Values("home", "dmz", "minimal", "vrfs", "forward-half-open"),
                         [](const auto& info) { return without_dashes(info.param); });

}   // namespace
}   // namespace sluice::test
