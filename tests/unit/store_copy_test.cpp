// SPDX-License-Identifier: GPL-2.0-or-later
// The record is kept twice: whichever is lost, damaged or behind is made anew from the other.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "../support/state_directory.hpp"
#include "store/store.hpp"

namespace sluice {
namespace {

namespace fs = std::filesystem;

class StoreCopy : public test::StateDirectoryTest {
 protected:
  static unsigned mode(const fs::path& path) {
    struct stat found {};
    return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 07777 : 0;
  }
  static void run_in(const fs::path& dir, const char* sql) {
    ASSERT_TRUE(Database::open(dir / "sluice.db").value().run_script(sql));
  }
  Store open() { return Store::open(state_, copy_).value(); }
  int64_t newest() { return open().current().value().value_or(Revision{}).number; }
  const fs::path state_ = dir_ / "state", copy_ = dir_ / "copy";
};

TEST_F(StoreCopy, StandsBesideTheFolder) {
  EXPECT_EQ(Store::copy_of("/var/lib/sluice"), fs::path("/var/lib/sluice-copy"));
  EXPECT_EQ(Store::copy_of("/var/lib/sluice/"), fs::path("/var/lib/sluice-copy"));
}

TEST_F(StoreCopy, HasWhatTheStoreHas) {
  {
    Store store = open();
    ASSERT_TRUE(store.append({.text = "{}", .files = {{"a.txt", "10.0.0.0/8"}}}));
    ASSERT_TRUE(store.put_owned_link({"br0", "bridge", 7, "boot"}));
    EXPECT_EQ(store.repaired(), "");
    EXPECT_EQ(store.copy_lost(), "");
  }
  EXPECT_EQ(mode(copy_), 0700u);
  EXPECT_EQ(mode(copy_ / "sluice.db"), 0600u);
  fs::remove_all(state_);
  Store again = open();
  EXPECT_NE(again.repaired().find("was gone"), std::string::npos) << again.repaired();
  EXPECT_EQ(again.current().value()->files.at("a.txt"), "10.0.0.0/8");
  EXPECT_EQ(again.owned_links().value().size(), 1u);
}

TEST_F(StoreCopy, IsMadeAnewFromTheStore) {
  { ASSERT_TRUE(open().append({.text = "{}"})); }
  fs::remove_all(copy_);
  { EXPECT_EQ(open().repaired(), ""); }
  fs::remove_all(state_);
  EXPECT_EQ(newest(), 1);
}

TEST_F(StoreCopy, NumbersGoOnWhereTheyWere) {
  { ASSERT_TRUE(open().append({.text = "{}"})); }
  fs::remove_all(state_);
  EXPECT_EQ(open().append({.text = "{ }"}).value(), 2);
  fs::remove_all(state_);
  EXPECT_EQ(newest(), 2);
}

TEST_F(StoreCopy, WhatIsNotCommittedIsInNeither) {
  { ASSERT_TRUE(open().note("color", "blue")); }
  run_in(state_, "BEGIN; UPDATE notes SET value = 'red'; ROLLBACK");
  fs::remove_all(state_);
  EXPECT_EQ(open().note("color").value(), "blue");
}

TEST_F(StoreCopy, OneThatIsAheadWins) {
  {
    Store store = open();
    ASSERT_TRUE(store.append({.text = "{}"}));
  }
  fs::copy(state_, dir_ / "before", fs::copy_options::recursive);
  { ASSERT_TRUE(open().append({.text = "{ }"})); }
  fs::remove_all(state_);
  fs::rename(dir_ / "before", state_);
  const Store store = open();
  EXPECT_NE(store.repaired().find("behind"), std::string::npos) << store.repaired();
  EXPECT_TRUE(fs::exists(state_ / "unsound-sluice.db"));
}

TEST_F(StoreCopy, OneThatIsOnlyBehindIsWrittenOver) {
  { ASSERT_TRUE(open().append({.text = "{}"})); }
  run_in(copy_, "DELETE FROM revisions; UPDATE changes SET number = 1");
  { EXPECT_EQ(open().copy_lost(), ""); }
  EXPECT_FALSE(fs::exists(copy_ / "unsound-sluice.db"));
  fs::remove_all(state_);
  EXPECT_EQ(newest(), 1);
}

TEST_F(StoreCopy, ItIsKeptWhereTheOtherHadNoRoom) {
  Database database = Database::open(dir_ / "x.db").value();
  ASSERT_TRUE(database.run_script("CREATE TABLE t (x TEXT)"));
  Database copy = Database::open(dir_ / "y.db").value();
  ASSERT_TRUE(copy.become(database));
  database.keep_copy(std::move(copy));
  ASSERT_TRUE(database.run_script("PRAGMA max_page_count = 3"));
  {
    const Transaction transaction = Transaction::begin(database).value();
    EXPECT_FALSE(database.run("INSERT INTO t VALUES (?)", {std::string(100000, 'x')}));
  }
  EXPECT_TRUE(database.run("INSERT INTO t VALUES ('small')"));
  EXPECT_EQ(database.copy_lost(), "");
}

TEST_F(StoreCopy, ADamagedOneIsNoHarm) {
  { ASSERT_TRUE(open().append({.text = "{}"})); }
  std::ofstream(copy_ / "sluice.db", std::ios::binary) << std::string(9000, 'x');
  fs::remove(copy_ / "sluice.db-wal");
  EXPECT_EQ(newest(), 1);
  EXPECT_TRUE(fs::exists(copy_ / "unsound-sluice.db"));
  fs::remove_all(state_);
  EXPECT_EQ(newest(), 1);
}

TEST_F(StoreCopy, ThatCannotBeKeptIsTold) {
  std::ofstream(copy_) << "a file where the folder would be";
  Store store = open();
  EXPECT_NE(store.copy_lost(), "");
  EXPECT_TRUE(store.append({.text = "{}"}));
}

TEST_F(StoreCopy, IsErasedWithTheStore) {
  { ASSERT_TRUE(open().append({.text = "{}"})); }
  ASSERT_TRUE(Store::erase(open()));
  EXPECT_FALSE(fs::exists(state_));
  EXPECT_FALSE(fs::exists(copy_));
}

TEST_F(StoreCopy, AFolderThatIsRemovedIsNoticed) {
  const Store store = open();
  EXPECT_TRUE(store.is_in_place());
  fs::remove_all(state_);
  EXPECT_FALSE(store.is_in_place());
}

TEST_F(StoreCopy, AFileThatIsReplacedIsNoticed) {
  const Store store = open();
  fs::copy_file(state_ / "sluice.db", state_ / "other");
  fs::rename(state_ / "other", state_ / "sluice.db");
  EXPECT_FALSE(store.is_in_place());
}

TEST_F(StoreCopy, EitherFolderIsRestoredWhileTheStoreIsOpen) {
  Store store = open();
  ASSERT_TRUE(store.append({.text = "{}"}));
  EXPECT_TRUE(store.is_copy_in_place());
  for (const fs::path& folder : {copy_, state_}) {
    fs::remove_all(folder);
    EXPECT_FALSE(store.is_in_place() && store.is_copy_in_place()) << folder;
    ASSERT_TRUE(store.restore()) << folder;
    EXPECT_TRUE(store.is_in_place() && store.is_copy_in_place()) << folder;
    EXPECT_EQ(store.history(9).value().size(), 1u) << folder;
    EXPECT_EQ(store.copy_lost(), "") << folder;
  }
}

TEST_F(StoreCopy, WhatCannotBeRestoredIsUsedAsBefore) {
  Store store = open();
  fs::remove_all(state_);
  fs::remove_all(copy_);
  std::ofstream{state_} << "a file where the folder would be";
  EXPECT_FALSE(store.restore());
  EXPECT_TRUE(store.append({.text = "{}"}));
}

TEST_F(StoreCopy, TheLastWordsAreThoseOfTheFileThatCanBeRead) {
  EXPECT_FALSE(Store::last_words(state_));
  const fs::path beside = Store::copy_of(state_);
  { ASSERT_TRUE(Store::open(state_, beside).value().append({.text = "{ }"})); }
  run_in(state_, "PRAGMA user_version = 99");
  EXPECT_EQ(Store::last_words(state_)->text, "{ }");
  for (const fs::path& dir : {state_, beside}) {
    EXPECT_EQ(Store::last_words(state_)->text, "{ }") << dir;
    fs::remove(dir / "sluice.db-wal");
    std::ofstream(dir / "sluice.db", std::ios::binary) << std::string(9000, 'x');
  }
  EXPECT_EQ(Store::last_words(state_)->text, "");
}

}   // namespace
}   // namespace sluice
