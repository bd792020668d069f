// SPDX-License-Identifier: GPL-2.0-or-later
// Revisions that wait, that are confirmed, taken back or forgotten.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "../support/state_directory.hpp"
#include "store/store.hpp"

namespace sluice {
namespace {

using std::chrono::seconds;

const Deadline kDeadline{"boot", std::chrono::milliseconds(1500), std::chrono::milliseconds(99), seconds(60)};
const RevisionVerdict kAnn{"2026-11-25T20:00:00Z", "ann", "it works"};

class StoreConfirmations : public test::StateDirectoryTest {
 protected:
  Store open() { return Store::open(dir_, dir_ / "copy").value(); }
  static Confirmation back_to(int64_t settled) { return {0, settled, kDeadline}; }
  static std::string results(Store& store) {
    std::string text;
    const auto all = store.list(100).value();
    for (const Revision& one : all) text += fmt::format("{} {}\n", one.number, to_string(one.result));
    return text;
  }
  static int64_t in_force(Store& store) { return store.in_force().value()->number; }
};

TEST_F(StoreConfirmations, OneWaitsAndComesBackAsItWas) {
  {
    Store store = open();
    ASSERT_TRUE(store.append({.text = "one"}));
    ASSERT_TRUE(store.append({.text = "two"}, back_to(1)));
  }
  Store store = open();
  const auto waits = store.confirmation().value();
  ASSERT_TRUE(waits);
  EXPECT_EQ(waits->revision, 2);
  EXPECT_EQ(waits->settled, 1);
  EXPECT_EQ(waits->deadline.boot, "boot");
  EXPECT_EQ(waits->deadline.at, kDeadline.at);
  EXPECT_EQ(waits->deadline.wall, kDeadline.wall);
  EXPECT_EQ(waits->deadline.length, seconds(60));
  EXPECT_EQ(in_force(store), 2);
}

TEST_F(StoreConfirmations, WhatIsConfirmedWaitsNoMore) {
  Store store = open();
  ASSERT_TRUE(store.append({.text = "one"}));
  ASSERT_TRUE(store.append({.text = "two"}, back_to(1)));
  ASSERT_TRUE(store.confirm(kAnn));
  EXPECT_FALSE(store.confirmation().value());
  const auto newest = store.list(1).value().front();
  EXPECT_EQ(newest.result, RevisionResult::kConfirmed);
  EXPECT_EQ(newest.verdict.who, "ann");
  EXPECT_EQ(newest.verdict.why, "it works");
  EXPECT_EQ(newest.verdict.time, kAnn.time);
}

TEST_F(StoreConfirmations, AnotherApplySettles) {
  Store store = open();
  ASSERT_TRUE(store.append({.text = "one"}));
  ASSERT_TRUE(store.append({.text = "two"}, back_to(1)));
  ASSERT_TRUE(store.append({.text = "three"}));
  EXPECT_FALSE(store.confirmation().value());
  EXPECT_EQ(results(store), "3 applied\n2 applied\n1 applied\n");
}

TEST_F(StoreConfirmations, TheFirstDocumentIsTakenBackToNothing) {
  Store store = open();
  EXPECT_EQ(store.append({.text = "one"}, back_to(0)).value(), 2);
  EXPECT_EQ(store.confirmation().value()->settled, 1);
  EXPECT_EQ(store.find(1).value()->text, "{ \"version\": 1 }\n");
}

TEST_F(StoreConfirmations, WhatIsPreparedIsForgottenWithoutARevision) {
  Store store = open();
  ASSERT_TRUE(store.append({.text = "one"}));
  ASSERT_TRUE(store.append({.text = "two"}, back_to(1)));
  ASSERT_TRUE(store.prepare_confirmation(back_to(1)));
  EXPECT_TRUE(store.has_prepared_confirmation().value());
  ASSERT_TRUE(store.drop_prepared_confirmation());
  EXPECT_FALSE(store.has_prepared_confirmation().value());
  EXPECT_EQ(store.confirmation().value()->revision, 2) << "the one that waits goes on";
  ASSERT_TRUE(store.prepare_confirmation(back_to(1)));
  ASSERT_TRUE(store.append({.text = "three"}, back_to(1)));
  EXPECT_FALSE(store.has_prepared_confirmation().value());
  EXPECT_EQ(store.confirmation().value()->revision, 3);
}

TEST_F(StoreConfirmations, GoingBackTakesAllNewerOnesBack) {
  Store store = open();
  ASSERT_TRUE(store.append({.text = "one"}));
  ASSERT_TRUE(store.append({.text = "two"}));
  ASSERT_TRUE(store.append({.text = "three"}, back_to(2)));
  ASSERT_TRUE(store.append_failed({.text = "four"}, "no such device"));
  EXPECT_EQ(store.confirmation().value()->revision, 3) << "a failed one settles nothing";
  EXPECT_EQ(in_force(store), 3);
  ASSERT_TRUE(store.go_back(1, kAnn));
  EXPECT_EQ(results(store), "4 failed\n3 rolled-back\n2 rolled-back\n1 applied\n");
  EXPECT_EQ(in_force(store), 1);
  EXPECT_EQ(store.current().value()->number, 1);
  EXPECT_FALSE(store.confirmation().value());
  EXPECT_FALSE(store.before(1).value());
  ASSERT_TRUE(store.go_back(3, kAnn));
  EXPECT_EQ(results(store), "4 failed\n3 applied\n2 rolled-back\n1 applied\n");
  EXPECT_EQ(store.before(3).value()->number, 1);
}

TEST_F(StoreConfirmations, WhatFailedIsNeverTakenUpByItself) {
  Store store = open();
  ASSERT_TRUE(store.append({.text = "one"}));
  ASSERT_TRUE(store.append_failed({.text = "two", .files = {{"a.txt", "x"}}}, "no such device"));
  EXPECT_EQ(store.current().value()->number, 1);
  EXPECT_EQ(store.history(10).value().size(), 1u);
  EXPECT_EQ(store.find(2).value()->verdict.why, "no such device");
  EXPECT_EQ(store.find(2).value()->files.at("a.txt"), "x");
  EXPECT_EQ(Store::last_words(dir_).value().text, "one");
}

TEST_F(StoreConfirmations, OldOnesAreForgottenWithTheirFiles) {
  Store store = open();
  store.keep_revisions(3);
  for (int i = 1; i <= 9; ++i)
    ASSERT_TRUE(store.append({.text = "x", .files = {{"a.txt", fmt::format("file {}", i)}}}));
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(store.append_failed({.text = "bad"}, "why"));
  EXPECT_EQ(results(store), "18 failed\n17 failed\n16 failed\n9 applied\n8 applied\n7 applied\n");
  auto database = Database::open(dir_ / "sluice.db").value();
  EXPECT_EQ(database.rows("SELECT text FROM set_files", first_text).value(),
            (std::vector<std::string>{"file 7", "file 8", "file 9"}));
}

TEST_F(StoreConfirmations, WhatIsInForceAndWhatIsSettledStay) {
  Store store = open();
  store.keep_revisions(2);
  ASSERT_TRUE(store.append({.text = "one"}));
  for (int i = 2; i <= 6; ++i) ASSERT_TRUE(store.append({.text = "x"}, back_to(1)));
  EXPECT_EQ(results(store), "6 applied\n5 applied\n1 applied\n");
  ASSERT_TRUE(store.go_back(1, kAnn));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(store.append_failed({.text = "bad"}, "why"));
  EXPECT_EQ(in_force(store), 1);
  EXPECT_TRUE(store.find(1).value());
}

}   // namespace
}   // namespace sluice
