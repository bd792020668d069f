// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/unified_diff.hpp"

namespace sluice {
namespace {

std::string diff_of(const std::string& before, const std::string& after) {
  return unified_diff({"a", before}, {"b", after});
}

std::string numbered(int from, int to) {
  std::string text;
  for (int i = from; i <= to; ++i) text += fmt::format("line {}\n", i);
  return text;
}

TEST(UnifiedDiff, OfTheSameIsEmpty) { EXPECT_EQ(diff_of("x\ny\n", "x\ny\n"), ""); }

TEST(UnifiedDiff, IsAsDiffWritesIt) {
  EXPECT_EQ(diff_of("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
  EXPECT_EQ(diff_of("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n"),
            "--- a\n+++ b\n@@ -1,7 +1,6 @@\n-a\n-b\n c\n+b\n a\n b\n-b\n a\n+c\n");
}

TEST(UnifiedDiff, KnowsTextsThatAreEmpty) {
  EXPECT_EQ(diff_of("", "x\n"), "--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n");
  EXPECT_EQ(diff_of("x\ny\n", ""), "--- a\n+++ b\n@@ -1,2 +0,0 @@\n-x\n-y\n");
}

TEST(UnifiedDiff, PutsWhatIsNearIntoOneHunkAndWhatIsFarIntoTwo) {
  std::string text = numbered(1, 40);
  const std::string before = text;
  text.replace(text.find("line 10\n"), 8, "ten\n");
  text.replace(text.find("line 16\n"), 8, "sixteen\n");
  text.replace(text.find("line 30\n"), 8, "");
  const std::string said = diff_of(before, text);
  EXPECT_NE(said.find("@@ -7,13 +7,13 @@"), std::string::npos) << said;
  EXPECT_NE(said.find("@@ -27,7 +27,6 @@"), std::string::npos) << said;
}

TEST(UnifiedDiff, OfVeryManyDifferencesEndsSoon) {
  const std::string said = diff_of(numbered(0, 10'000), numbered(100'000, 110'000));
  EXPECT_EQ(std::ranges::count(said, '\n'), 2 + 1 + 2 * 10'001);
}

}   // namespace
}   // namespace sluice
