// SPDX-License-Identifier: GPL-2.0-or-later
// Where the store lives, who may use it, and what becomes of damage.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "../support/state_directory.hpp"
#include "store/store.hpp"

namespace sluice {
namespace {

namespace fs = std::filesystem;

class StoreOpen : public test::StateDirectoryTest {
 protected:
  static unsigned mode(const fs::path& path) {
    struct stat found {};
    return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 07777 : 0;
  }
  static std::string refusal(const Result<Store>& result) {
    return result ? "opened" : result.error().message;
  }
  void overwrite(const std::string& content) {
    std::ofstream(dir_ / "sluice.db", std::ios::binary) << content;
  }
  void run(const char* sql) { run_in(dir_, sql); }
  static void run_in(const fs::path& dir, const char* sql) {
    ASSERT_TRUE(Database::open(dir / "sluice.db").value().run_script(sql));
  }
};

TEST_F(StoreOpen, MakesItsDirectoryAndKeepsOthersOut) {
  dir_ = dir_ / "a" / "b";
  const mode_t before = ::umask(0);
  const auto store = Store::open(dir_);
  ::umask(before);
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ(mode(dir_), 0700u);
  for (const auto* name : {"sluice.db", "sluice.db-wal", "sluice.db-shm", "lock"}) {
    EXPECT_EQ(mode(dir_ / name), 0600u) << name;
  }
}

TEST_F(StoreOpen, ATrailingSlashIsTheSameDirectory) {
  EXPECT_EQ(refusal(Store::open(fs::path((dir_ / "x").string() + "/"))), "opened");
}

TEST_F(StoreOpen, ADirectoryThatCannotBeMadeIsNamed) {
  std::ofstream(dir_ / "file") << "x";
  const auto said = refusal(Store::open(dir_ / "file" / "state"));
  EXPECT_EQ(said, "make the state directory " + (dir_ / "file" / "state").string() + ": Not a directory");
}

TEST_F(StoreOpen, ASecondDaemonIsToldWhoIsFirst) {
  const Store first = Store::open(dir_).value();
  EXPECT_EQ(refusal(Store::open(dir_)),
            "another sluiced (pid " + std::to_string(::getpid()) + ") uses " + dir_.string());
}

TEST_F(StoreOpen, TheLockEndsWithTheStore) {
  { const Store first = Store::open(dir_).value(); }
  EXPECT_EQ(refusal(Store::open(dir_)), "opened");
}

TEST_F(StoreOpen, AnEmptyFileIsANewDatabase) {
  overwrite("");
  EXPECT_EQ(refusal(Store::open(dir_)), "opened");
}

TEST_F(StoreOpen, AFileThatIsNoDatabaseIsRefusedWithARemedy) {
  overwrite("this is not a database at all, and long enough to be looked at");
  EXPECT_EQ(
      refusal(Store::open(dir_)),
      "state database " + (dir_ / "sluice.db").string() +
          " is damaged (file is not a database), and there is no sound copy of it: move the directory " +
          dir_.string() +
          " away and start sluiced; what runs goes on, and `sluice apply FILE` takes it over");
}

TEST_F(StoreOpen, DamageInTheMiddleIsFoundAtTheStart) {
  {
    Store store = Store::open(dir_).value();
    for (int count = 0; count < 50; ++count) ASSERT_TRUE(store.append({.text = std::string(5000, 'x')}));
  }
  std::fstream file(dir_ / "sluice.db", std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(8192);
  file << std::string(20000, '\xff');
  file.close();
  const auto said = refusal(Store::open(dir_));
  EXPECT_NE(said.find("is damaged"), said.npos) << said;
  EXPECT_EQ(said.find('\n'), said.npos) << "one sentence: " << said;
}

TEST_F(StoreOpen, ADatabaseOfANewerReleaseIsLeftAlone) {
  { const Store store = Store::open(dir_).value(); }
  run("PRAGMA user_version = 7;");
  EXPECT_EQ(refusal(Store::open(dir_)),
            "state database " + (dir_ / "sluice.db").string() +
                " has format 7, and this release knows formats up to 4: start the release of "
                "sluiced that wrote it");
}

TEST_F(StoreOpen, ADatabaseOfAnOlderReleaseKeepsWhatItHas) {
  { ASSERT_TRUE(Store::open(dir_).value().note("color", "blue")); }
  run("DROP TABLE owned_links; DROP TABLE owned_members; DROP TABLE set_files; DROP TABLE revision_files; "
      "DROP TABLE changes; DROP TRIGGER count_notes_INSERT; DROP TRIGGER count_notes_UPDATE; "
      "PRAGMA user_version = 1;");
  Store store = Store::open(dir_).value();
  EXPECT_EQ(store.note("color").value(), "blue");
  EXPECT_TRUE(store.owned_links().value().empty());
}

TEST_F(StoreOpen, AnAddressThatIsNoneIsDamage) {
  { const Store store = Store::open(dir_).value(); }
  run("INSERT INTO owned_addresses VALUES ('eth1', 'nonsense')");
  const auto owned = Store::open(dir_).value().owned_addresses();
  ASSERT_FALSE(owned);
  EXPECT_NE(owned.error().message.find("\"nonsense\" is not an address"), std::string::npos);
}

TEST_F(StoreOpen, WhatIsStoredIsSyncedBeforeItIsReportedAsStored) {
  Database database = Database::open(dir_ / "x.db").value();
  const auto first_column = [](const SqlRow& row) { return row.text(0); };
  EXPECT_EQ(database.rows<std::string>("PRAGMA journal_mode", first_column).value(),
            std::vector<std::string>{"wal"});
  EXPECT_EQ(database.rows<std::string>("PRAGMA synchronous", first_column).value(),
            std::vector<std::string>{"2"});
}

TEST_F(StoreOpen, AFullDiskIsASentenceAndNoDamage) {
  Database database = Database::open(dir_ / "x.db").value();
  ASSERT_TRUE(database.run_script("CREATE TABLE t (x TEXT); PRAGMA max_page_count = 3"));
  const auto written = database.run("INSERT INTO t VALUES (?)", {std::string(100000, 'x')});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message,
            "state database " + (dir_ / "x.db").string() + ": read or write it: database or disk is full");
}

TEST_F(StoreOpen, ATransactionThatIsNotCommittedIsUndone) {
  Database database = Database::open(dir_ / "x.db").value();
  ASSERT_TRUE(database.run_script("CREATE TABLE t (n INTEGER)"));
  {
    const Transaction transaction = Transaction::begin(database).value();
    ASSERT_TRUE(database.run("INSERT INTO t VALUES (?)", {int64_t{1}}));
  }
  EXPECT_TRUE(
      database.rows<int64_t>("SELECT n FROM t", [](const SqlRow& row) { return row.number(0); })->empty());
}

TEST_F(StoreOpen, CleanupOfNothingCreatesNothing) {
  EXPECT_FALSE(Store::open_for_cleanup(dir_ / "none").value());
  EXPECT_FALSE(fs::exists(dir_ / "none"));
  EXPECT_FALSE(Store::open_for_cleanup(dir_).value()) << "a directory without a database";
  EXPECT_TRUE(fs::is_empty(dir_));
}

TEST_F(StoreOpen, CleanupSeesWhatTheDaemonLeft) {
  ASSERT_TRUE(Store::open(dir_).value().remember_sysctl("net/ipv4/ip_forward", "0"));
  auto store = Store::open_for_cleanup(dir_).value();
  ASSERT_TRUE(store);
  EXPECT_EQ(store->original_sysctls().value().size(), 1u);
}

TEST_F(StoreOpen, ErasingLeavesNoTrace) {
  { const Store store = Store::open(dir_).value(); }
  ASSERT_TRUE(Store::erase(dir_));
  EXPECT_FALSE(fs::exists(dir_));
  EXPECT_TRUE(Store::erase(dir_)) << "twice is no harm";
}

TEST_F(StoreOpen, ErasingLeavesFilesOfOthers) {
  { const Store store = Store::open(dir_).value(); }
  std::ofstream(dir_ / "notes.txt") << "mine";
  ASSERT_TRUE(Store::erase(dir_));
  EXPECT_TRUE(fs::exists(dir_ / "notes.txt"));
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_), {}), 1);
}

TEST_F(StoreOpen, ErasingBeneathADaemonIsRefusedAndAnOpenStoreCanBeGivenUp) {
  Store store = Store::open(dir_).value();
  EXPECT_FALSE(Store::erase(dir_));
  EXPECT_TRUE(fs::exists(dir_ / "sluice.db"));
  ASSERT_TRUE(Store::erase(std::move(store)));
  EXPECT_FALSE(fs::exists(dir_));
}

TEST_F(StoreOpen, AnErasedStoreCanBeOpenedAnew) {
  { ASSERT_TRUE(Store::open(dir_).value().append({.text = "{}"})); }
  ASSERT_TRUE(Store::erase(dir_));
  EXPECT_FALSE(Store::open(dir_).value().current().value());
}

class StoreCopy : public StoreOpen {
 protected:
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

TEST_F(StoreCopy, ADamagedOneIsNoHarm) {
  { ASSERT_TRUE(open().append({.text = "{}"})); }
  std::ofstream(copy_ / "sluice.db", std::ios::binary) << std::string(9000, 'x');
  fs::remove(copy_ / "sluice.db-wal");
  EXPECT_EQ(newest(), 1);
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

}   // namespace
}   // namespace sluice
