// SPDX-License-Identifier: GPL-2.0-or-later
// What comes from a backup is stored with the revision that it belongs to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "../support/state_directory.hpp"
#include "store/store.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;

struct StoreRestored : test::StateDirectoryTest {
  Store store = Store::open(dir_ / "state", dir_ / "copy").value();
  RestoredState state{
      .history =
          {{.number = 4, .why = "old", .file = "a", .text = "four"},
           {.number = 7, .why = "tried", .file = "a", .text = "seven", .result = RevisionResult::kFailed}},
      .allotments = {{{"home", "", "port"}, {"51820", 0}}},
      .keys = "{\"a secret key\"}"};
  static Revision restored() { return {.why = "restored", .file = "a", .text = "four"}; }

  std::vector<int64_t> numbers() {
    std::vector<int64_t> all;
    const auto revisions = store.list(100).value();
    for (const Revision& one : revisions) all.push_back(one.number);
    return all;
  }
  std::string bytes() const {
    std::ostringstream all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_))
      if (entry.is_regular_file() && entry.file_size())
        all << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    return all.str();
  }
};

TEST_F(StoreRestored, AnEmptyOneTakesTheHistoryWithItsNumbers) {
  EXPECT_EQ(store.append_restored(restored(), state).value(), 8);
  EXPECT_THAT(numbers(), ElementsAre(8, 7, 4));
  EXPECT_EQ(store.find(7).value()->result, RevisionResult::kFailed);
  EXPECT_EQ(store.before(8).value()->number, 4);
  EXPECT_EQ(store.in_force().value()->number, 8);
  EXPECT_EQ(store.allotments().value(), state.allotments);
  EXPECT_EQ(store.append({.file = "a", .text = "next"}).value(), 9);
}

TEST_F(StoreRestored, OneThatHasAHistoryGoesOnWithItsOwn) {
  ASSERT_TRUE(store.append({.file = "b", .text = "mine"}));
  ASSERT_TRUE(store.put_allotments({{{"shop", "", "port"}, {"51821", 0}}}));
  EXPECT_EQ(store.append_restored(restored(), state).value(), 2);
  EXPECT_THAT(numbers(), ElementsAre(2, 1));
  EXPECT_EQ(store.allotments().value(), state.allotments);
}

TEST_F(StoreRestored, AMachineWhereAllFailedHasNoHistory) {
  ASSERT_TRUE(store.append_failed({.file = "b", .text = "mine"}, "no"));
  EXPECT_EQ(store.append_restored(restored(), state).value(), 9);
  EXPECT_THAT(numbers(), ElementsAre(9, 8, 5, 1));
}

TEST_F(StoreRestored, TheFirstOneMayHaveToBeConfirmed) {
  const Confirmation waits{.revision = 0,
                           .settled = 0,
                           .deadline = {"boot", std::chrono::seconds(5), {}, std::chrono::seconds(5)}};
  EXPECT_EQ(store.append_restored(restored(), state, waits).value(), 9);
  EXPECT_EQ(store.confirmation().value()->settled, 8) << "one that says nothing, as before";
}

TEST_F(StoreRestored, KeysAreKeptUntilTheyAreInTheirFilesAndNothingOfThemThen) {
  EXPECT_EQ(store.restored_keys().value(), "");
  ASSERT_TRUE(store.append_restored(restored(), state));
  EXPECT_EQ(store.restored_keys().value(), state.keys);
  EXPECT_NE(bytes().find("a secret key"), std::string::npos);
  ASSERT_TRUE(store.drop_restored_keys());
  EXPECT_EQ(store.restored_keys().value(), "");
  EXPECT_EQ(bytes().find("a secret key"), std::string::npos) << "nor in the copy";
}

}   // namespace
}   // namespace sluice
