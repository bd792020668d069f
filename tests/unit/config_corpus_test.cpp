// SPDX-License-Identifier: GPL-2.0-or-later
// Documents and what is said about them.
#include "config_corpus.hpp"

#include "config/config.hpp"

namespace sluice {
namespace {

using test::documents_in;
using test::kDocuments;

std::string all_texts(const std::vector<Complaint>& complaints) {
  std::string text;
  for (const auto& complaint : complaints) text += complaint.text + "\n";
  return text;
}

class Good : public testing::TestWithParam<std::filesystem::path> {};
class Refused : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Good, IsAccepted) {
  const auto result = check_document(test::text_of(GetParam()), GetParam().filename().string());
  ASSERT_TRUE(result) << all_texts(result.error());
  std::string warnings;
  for (const auto& warning : result->warnings) warnings += warning + "\n";
  if (!warnings.empty()) test::expect_golden(GetParam().stem(), warnings);
}

TEST_P(Refused, IsComplainedAboutInTheseWords) {
  const auto result = check_document(test::text_of(GetParam()), GetParam().filename().string());
  ASSERT_FALSE(result);
  test::expect_golden(GetParam().stem(), all_texts(result.error()));
}

TEST_P(Refused, ComplaintsAreInOrderAndComplete) {
  const auto result = check_document(test::text_of(GetParam()), "name.json");
  ASSERT_FALSE(result);
  ASSERT_FALSE(result.error().empty());
  std::pair<int, int> before{1, 1};
  for (const auto& complaint : result.error()) {
    const std::pair here{complaint.line, complaint.column};
    EXPECT_GE(here, before);
    before = here;
    EXPECT_EQ(complaint.file, "name.json");
    EXPECT_NE(complaint.text.find(complaint.reason), std::string::npos);
    EXPECT_EQ(complaint.text.find('\x1b'), std::string::npos) << "nothing that a terminal would obey";
  }
}

INSTANTIATE_TEST_SUITE_P(Documents, Good,
                         testing::ValuesIn(documents_in({kDocuments / "good", test::kExamples})),
                         test::name_of);
INSTANTIATE_TEST_SUITE_P(Documents, Refused,
                         testing::ValuesIn(documents_in({kDocuments / "bad", kDocuments / "meaning"})),
                         test::name_of);

TEST(Corpus, EveryGoldenTextHasItsDocument) {
  for (const auto& entry : std::filesystem::directory_iterator(test::kSource / "tests/golden/complaints")) {
    const auto name = entry.path().stem().string() + ".json";
    EXPECT_TRUE(std::filesystem::exists(kDocuments / "bad" / name) ||
                std::filesystem::exists(kDocuments / "meaning" / name) ||
                std::filesystem::exists(kDocuments / "good" / name))
        << entry.path();
  }
}

}   // namespace
}   // namespace sluice
