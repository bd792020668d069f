// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <set>

#include "../support/synthetic_machine.hpp"
#include "base/file.hpp"
#include "config/canonical.hpp"
#include "config/compare.hpp"
#include "config/config.hpp"
#include "config_corpus.hpp"
#include "plan/planner.hpp"

namespace sluice {
namespace {

using nlohmann::json;

DocumentDifference differences(const std::string& before, const std::string& after) {
  return compare_documents({"a.json", before, {}}, {"b.json", after, {}}).value();
}

json changes_of(const std::string& before, const std::string& after) {
  return differences(before, after).changes;
}

std::string with_nat(const std::string& forwards) {
  return R"({"version": 1, "nat": {"forwards": [)" + forwards + "]}}";
}

constexpr char kWeb[] = R"({"name": "web", "listen": "192.0.2.1", "ports": 80, "to": "10.0.0.2"})";
constexpr char kMail[] = R"({"name": "mail", "listen": "192.0.2.1", "ports": 25, "to": "10.0.0.3"})";

TEST(CompareDocuments, HowTheyAreWrittenIsNoDifference) {
  const std::string one = R"({"version": 1, "interfaces": {"a": {"zone": "x"}, "b": {"zone": "y"}}})";
  const std::string two = R"(// why
    {"interfaces": {"b": {"zone": "y"}, /* second */ "a": {"zone": "x"}},
     "$schema": "x", "version": 1})";
  const auto difference = differences(one, two);
  EXPECT_EQ(difference.changes, json::array());
  EXPECT_EQ(difference.unified, "");
}

TEST(CompareDocuments, DefaultsAreNoDifference) {
  EXPECT_EQ(changes_of(R"({"version": 1})",
                       R"({"version": 1, "engine": "auto", "timeouts": {"udp": "5m"}, "policies": [],
                           "nat": {"masquerade": [], "forwards": []}})"),
            json::array());
  EXPECT_EQ(changes_of(with_nat(kWeb), with_nat(R"({"name": "web", "protocol": ["tcp"], "listen": "192.0.2.1",
                                                    "ports": ["80"], "to": "10.0.0.2"})")),
            json::array());
}

TEST(CompareDocuments, SpellingsOfAnAddressAreOne) {
  EXPECT_EQ(changes_of(R"({"version": 1, "sets": {"s": ["2001:DB8:0::/48", "192.0.2.1/32"]}})",
                       R"({"version": 1, "sets": {"s": ["2001:db8::/48", "192.0.2.1"]}})"),
            json::array());
}

TEST(CompareDocuments, TellsWhereAndWhat) {
  EXPECT_EQ(changes_of(R"({"version": 1, "interfaces": {"eth1.20": {"zone": "a"}}})",
                       R"({"version": 1, "interfaces": {"eth1.20": {"zone": "b", "mtu": 1400}}})"),
            json::parse(R"([{"path": "interfaces[\"eth1.20\"].mtu", "old": null, "new": 1400},
                            {"path": "interfaces[\"eth1.20\"].zone", "old": "a", "new": "b"}])"));
}

TEST(CompareDocuments, WhatHasANameIsFoundWhereverItStands) {
  const auto rows = changes_of(with_nat(kWeb), with_nat(std::string(kMail) + "," + kWeb));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["path"], "nat.forwards[\"mail\"]");
  EXPECT_EQ(rows[0]["old"], nullptr);
}

TEST(CompareDocuments, AnotherOrderIsADifference) {
  const auto rows =
      changes_of(with_nat(std::string(kWeb) + "," + kMail), with_nat(std::string(kMail) + "," + kWeb));
  EXPECT_EQ(rows,
            json::parse(R"([{"path": "nat.forwards", "old": ["web", "mail"], "new": ["mail", "web"]}])"));
}

TEST(CompareDocuments, WhatIsInFilesIsPartOfIt) {
  const std::string text = R"({"version": 1, "sets": {"s": {"file": "s.txt"}}})";
  const auto difference = compare_documents({"a", text, {{"s.txt", "192.0.2.1 # one\n"}}},
                                            {"b", text, {{"s.txt", "\n192.0.2.1\n192.0.2.2\n"}}})
                              .value();
  EXPECT_EQ(difference.changes, json::parse(R"([{"path": "[\"file s.txt\"]", "old": ["192.0.2.1"],
                                                 "new": ["192.0.2.1", "192.0.2.2"]}])"));
  EXPECT_NE(difference.unified.find("+    \"192.0.2.2\"\n"), std::string::npos) << difference.unified;
}

TEST(CompareDocuments, BrokenSyntaxIsNamed) {
  const auto said = compare_documents({"a.json", "{", {}}, {"b.json", "{}", {}});
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().kind, ErrorKind::kInvalidDocument);
  EXPECT_NE(said.error().message.find("a.json"), std::string::npos);
}

// The canonical form is accepted as the document is, and is its own canonical form. Planned for a machine it
// does the same, in whatever order.
class CanonicalDocuments : public testing::TestWithParam<std::filesystem::path> {};

std::multiset<std::string> steps_of_plan(Document document, const Observed& seen) {
  document.engine = EngineChoice::kEbpf;
  const auto plan = make_plan(document, seen);
  std::multiset<std::string> steps;
  if (!plan) return {plan.error().message};
  for (const Step& step : plan->steps) steps.insert(sentence(step));
  return steps;
}

TEST_P(CanonicalDocuments, MeanTheSame) {
  const std::string text = test::text_of(GetParam());
  const auto files =
      read_regular_files(files_of_sets(text), GetParam().parent_path(), kMostSetFileBytes).value();
  const json once = config::canonical(json::parse(text, nullptr, false, /*ignore_comments=*/true));
  EXPECT_EQ(config::canonical(once), once);
  const auto checked = check_document(text, "original", {}, files);
  const auto canonical = check_document(once.dump(), "canonical", {}, files);
  ASSERT_TRUE(checked);
  ASSERT_TRUE(canonical) << canonical.error().front().text;
  const Observed seen = test::machine_for(checked->document);
  EXPECT_EQ(steps_of_plan(checked->document, seen), steps_of_plan(canonical->document, seen));
}

INSTANTIATE_TEST_SUITE_P(Documents, CanonicalDocuments,
                         testing::ValuesIn(test::documents_in({test::kDocuments / "good", test::kExamples})),
                         test::name_of);

}   // namespace
}   // namespace sluice
