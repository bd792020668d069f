// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "config/config.hpp"
#include "config_corpus.hpp"

namespace sluice {
namespace {

const ForwardEdit kSsh{"ssh", {"tcp"}, "203.0.113.1", "2222", "192.168.10.2:22", {}, ""};

std::string with(const std::string& text, const ForwardEdit& forward = kSsh) {
  return add_forward(text, "x.json", forward).value();
}
std::string without(const std::string& text, const std::string& name) {
  return remove_forward(text, "x.json", name).value();
}

constexpr auto kSpelled =
    R"({ "name": "ssh", "listen": "203.0.113.1", "protocol": "tcp", "ports": "2222", "to": "192.168.10.2:22" })";

TEST(AddForward, GoesBehindTheLastInItsStyle) {
  EXPECT_EQ(with(R"({ "version": 1,
  "nat": { "forwards": [
      // the first
      { "name": "a" } // its end
  ] } } // tail
)"),
            std::string(R"({ "version": 1,
  "nat": { "forwards": [
      // the first
      { "name": "a" }, // its end
      )") + kSpelled +
                R"(
  ] } } // tail
)");
}

TEST(AddForward, StaysOnTheLineWhereAllAre) {
  EXPECT_EQ(with(R"({"nat":{"forwards":[{"name":"a"}]}})"),
            std::string(R"({"nat":{"forwards":[{"name":"a"}, )") + kSpelled + "]}}");
}

TEST(AddForward, MakesWhatIsMissing) {
  EXPECT_EQ(with("{\n  \"nat\": {\n    \"forwards\": []\n  }\n}"),
            std::string("{\n  \"nat\": {\n    \"forwards\": [\n      ") + kSpelled + "\n    ]\n  }\n}");
  EXPECT_EQ(
      with("{\n  \"nat\": {\n    \"static\": []\n  }\n}"),
      std::string("{\n  \"nat\": {\n    \"static\": [],\n    \"forwards\": [") + kSpelled + "]\n  }\n}");
  EXPECT_EQ(with("{\n  \"version\": 1\n}\n"),
            std::string("{\n  \"version\": 1,\n  \"nat\": { \"forwards\": [") + kSpelled + "] }\n}\n");
}

TEST(AddForward, KeepsCommentsInAnEmptyList) {
  EXPECT_EQ(with("{ \"nat\": { \"forwards\": [ // none yet\n] } }"),
            std::string("{ \"nat\": { \"forwards\": [ // none yet\n  ") + kSpelled + "\n] } }");
}

TEST(AddForward, WritesLineBreaksAsTheTextDoes) {
  EXPECT_EQ(
      with("{\r\n\"version\": 1 // one\r\n}\r\n"),
      std::string("{\r\n\"version\": 1, // one\r\n\"nat\": { \"forwards\": [") + kSpelled + "] }\r\n}\r\n");
}

TEST(AddForward, TheSameAgainIsNothing) {
  const auto text = with("{ \"version\": 1 }");
  EXPECT_EQ(with(text), text);
}

TEST(AddForward, TheSameInOtherWordsIsNothingToo) {
  const std::string text =
      R"({ "nat": { "forwards": [{ "to": "192.168.10.2:22", "ports": [2222], "name": "ssh",
      "listen": "203.0.113.1" }] } })";
  EXPECT_EQ(with(text), text);
}

TEST(AddForward, TheSameNameWithOtherContentIsRefused) {
  auto other = kSsh;
  other.ports = "2223";
  const auto result = add_forward(with("{\n\"version\": 1\n}"), "x.json", other);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "forward \"ssh\" is already on line 3 of x.json with other content (remove it first)");
}

TEST(AddForward, LeadsIntoAVrf) {
  auto red = kSsh;
  red.vrf = "red";
  EXPECT_NE(with("{}", red).find(R"("to": "192.168.10.2:22", "vrf": "red" })"), std::string::npos);
  EXPECT_EQ(with(with("{}", red), red), with("{}", red));
  EXPECT_FALSE(add_forward(with("{}", red), "x.json", kSsh)) << "the main one is another";
}

TEST(AddForward, SpellsListsAndQuotesWhatItIsGiven) {
  const ForwardEdit forward{
      "a\"b", {"tcp", "udp"}, "wan", "80,443", "[2001:db8::2]", {"admins", "192.0.2.0/24"}, ""};
  EXPECT_NE(
      with("{}", forward)
          .find(
              R"("protocol": ["tcp", "udp"], "ports": ["80", "443"], "to": "[2001:db8::2]", "source": ["admins", "192.0.2.0/24"])"),
      std::string::npos);
  EXPECT_NE(with("{}", forward).find(R"("name": "a\"b")"), std::string::npos);
}

TEST(AddForward, WhatIsNoDocumentIsRefused) {
  EXPECT_EQ(add_forward("[1, ", "x.json", kSsh).error().kind, ErrorKind::kInvalidDocument);
  EXPECT_EQ(add_forward("[1]", "x.json", kSsh).error().message,
            "x.json: \"nat.forwards\" is not a list in an object");
  EXPECT_FALSE(add_forward(R"({ "nat": [] })", "x.json", kSsh));
  EXPECT_FALSE(add_forward(R"({ "nat": { "forwards": {} } })", "x.json", kSsh));
}

constexpr auto kThree = R"({ "nat": { "forwards": [
    { "name": "a" }, // of a
    // before b
    { "name": "b" },
    { "name": "c" } // of c
] } })";

TEST(RemoveForward, TakesItsLineAndItsComma) {
  EXPECT_EQ(without(kThree, "a"), R"({ "nat": { "forwards": [
    // before b
    { "name": "b" },
    { "name": "c" } // of c
] } })");
  EXPECT_EQ(without(kThree, "c"), R"({ "nat": { "forwards": [
    { "name": "a" }, // of a
    // before b
    { "name": "b" }
] } })");
}

TEST(RemoveForward, OnOneLineTakesOnlyItself) {
  EXPECT_EQ(without(R"({"nat":{"forwards":[{"name":"a"}, {"name":"b"}, {"name":"c"}]}})", "b"),
            R"({"nat":{"forwards":[{"name":"a"}, {"name":"c"}]}})");
  EXPECT_EQ(without(R"({"nat":{"forwards":[{"name":"a"}, {"name":"b"}]}})", "b"),
            R"({"nat":{"forwards":[{"name":"a"}]}})");
  EXPECT_EQ(without(R"({"nat":{"forwards":[ {"name":"a"} ]}})", "a"), R"({"nat":{"forwards":[]}})");
}

TEST(RemoveForward, AnUnknownNameIsToldWithTheNearest) {
  const auto result = remove_forward(R"({"nat":{"forwards":[{"name":"game"}]}})", "x.json", "gmae");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(result.error().message, "no forward \"gmae\" in x.json (did you mean \"game\"?)");
  EXPECT_FALSE(remove_forward("{}", "x.json", "a"));
}

class Edited : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Edited, AddingIsAcceptedAndRemovingGivesTheTextBack) {
  const auto text = test::text_of(GetParam());
  const auto more = with(text, {"added", {}, "192.0.2.77", "65000-65010", "192.0.2.78", {}});
  const auto result = check_document(more, "x.json");
  ASSERT_TRUE(result) << more;
  EXPECT_TRUE(std::ranges::count(result->document.forwards, "added", &Forward::name) == 1);
  const auto back = without(more, "added");
  const bool had_a_list = text.find("\"forwards\": [") != std::string::npos;
  if (had_a_list) {
    EXPECT_EQ(back, text);
  }
  EXPECT_TRUE(check_document(back, "x.json"));
}

INSTANTIATE_TEST_SUITE_P(Documents, Edited,
                         testing::ValuesIn(test::documents_in({test::kDocuments / "good", test::kExamples})),
                         test::name_of);

}   // namespace
}   // namespace sluice
