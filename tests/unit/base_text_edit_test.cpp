// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "base/text_edit.hpp"

namespace sluice {
namespace {

std::string edited(std::string text, const TextEdit& edit) {
  return make_edit(text, edit) ? text : "no such place";
}

TEST(TextEdit, IsTheShortestThatMakesOneOfTheOther) {
  EXPECT_EQ(edit_between("{ \"a\": 1 }", "{ \"a\": 12 }"), (TextEdit{8, 0, "2"}));
  EXPECT_EQ(edit_between("aXb", "ab"), (TextEdit{1, 1, ""}));
  EXPECT_EQ(edit_between("same", "same"), (TextEdit{4, 0, ""}));
  EXPECT_EQ(edit_between("", "new"), (TextEdit{0, 0, "new"}));
}

TEST(TextEdit, TextsThatRepeatThemselvesAreMadeAsWell) {
  for (const auto& [before, after] : {std::pair("aaaa", "aa"), {"aa", "aaaa"}, {"abab", "ababab"}, {"x", ""}})
    EXPECT_EQ(edited(before, edit_between(before, after)), after);
}

TEST(TextEdit, IsTakenBackByWhatItAnswers) {
  std::string text = "one two three";
  const auto back = make_edit(text, {4, 3, "2"});
  ASSERT_TRUE(back);
  EXPECT_EQ(text, "one 2 three");
  ASSERT_TRUE(make_edit(text, *back));
  EXPECT_EQ(text, "one two three");
}

TEST(TextEdit, APlaceThatIsNotThereIsRefusedAndNothingChanges) {
  std::string text = "short";
  for (const TextEdit& edit :
       {TextEdit{6, 0, "x"}, TextEdit{5, 1, "x"}, TextEdit{0, SIZE_MAX, "x"}, TextEdit{SIZE_MAX, 1, "x"}})
    EXPECT_FALSE(make_edit(text, edit)) << edit.at;
  EXPECT_EQ(text, "short");
  EXPECT_TRUE(make_edit(text, {5, 0, "!"}));
}

}   // namespace
}   // namespace sluice
