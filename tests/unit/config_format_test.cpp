// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/config.hpp"
#include "config_corpus.hpp"

namespace sluice {
namespace {

std::string formatted(const std::string& text) { return format_document(text, "x.json").value(); }

TEST(Format, SectionsGetLinesAndRulesStayOnOne) {
  EXPECT_EQ(
      formatted(
          R"({"version":1,"policies":[{"name":"a","from":["x","y"]},{"name":"b"}],"nat":{"forwards":[]}})"),
      R"({
  "version": 1,
  "policies": [
    { "name": "a", "from": ["x", "y"] },
    { "name": "b" }
  ],
  "nat": {
    "forwards": []
  }
}
)");
}

TEST(Format, WhatDoesNotFitIsBroken) {
  const std::string name(100, 'n');
  EXPECT_EQ(formatted(R"({"policies":[{"name":")" + name + R"(","from":"lan"}]})"), R"({
  "policies": [
    {
      "name": ")" + name + R"(",
      "from": "lan"
    }
  ]
}
)");
}

TEST(Format, CommentsKeepTheirPlaces) {
  EXPECT_EQ(formatted(R"(// head

{ // opening
"version":1,   // why
/* own */
"sets":{"a":["192.0.2.1", // one
"192.0.2.2"]
// last of sets
}
// last
}
// tail)"),
            R"(// head

{ // opening
  "version": 1, // why
  /* own */
  "sets": {
    "a": [
      "192.0.2.1", // one
      "192.0.2.2"
    ]
    // last of sets
  }
  // last
}
// tail
)");
}

TEST(Format, ACommentBetweenKeyAndValueMovesBeforeTheKey) {
  EXPECT_EQ(formatted("{ \"version\": // which\n 1 }"), "{\n  // which\n  \"version\": 1\n}\n");
}

TEST(Format, OneBlankLineIsKeptNotMore) {
  EXPECT_EQ(formatted("{\n\n\n\"version\": 1,\n\n\n\n\"engine\": \"auto\"\n\n}\n\n"),
            "{\n  \"version\": 1,\n\n  \"engine\": \"auto\"\n}\n");
}

TEST(Format, OrderAndSpellingStay) {
  EXPECT_EQ(formatted(R"({"engine":"\u0061uto","version":1})"),
            "{\n  \"engine\": \"\\u0061uto\",\n  \"version\": 1\n}\n");
}

TEST(Format, BrokenSyntaxIsAnErrorWithItsPlace) {
  const auto result = format_document("{ \"version\": 1, }", "x.json");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kInvalidDocument);
  EXPECT_EQ(result.error().message.substr(0, 12), "x.json:1:15:");
}

class Formatted : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Formatted, TwiceChangesNothingMoreAndTheMeaningStays) {
  const auto text = test::text_of(GetParam());
  const auto once = format_document(text, "x.json");
  if (!once) return;   // broken syntax
  EXPECT_EQ(*once, formatted(*once));
  EXPECT_EQ(check_document(text, "x.json").has_value(), check_document(*once, "x.json").has_value());
}

INSTANTIATE_TEST_SUITE_P(
    Documents, Formatted,
    testing::ValuesIn(test::documents_in({test::kDocuments / "good", test::kDocuments / "bad",
                                          test::kDocuments / "meaning", test::kExamples})),
    test::name_of);

class Example : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Example, IsInCanonicalLayout) {
  const auto text = test::text_of(GetParam());
  EXPECT_EQ(text, formatted(text));
}

INSTANTIATE_TEST_SUITE_P(Documents, Example, testing::ValuesIn(test::documents_in(test::kExamples)),
                         test::name_of);

}   // namespace
}   // namespace sluice
