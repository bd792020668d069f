// SPDX-License-Identifier: GPL-2.0-or-later
// Where the store lives, who may use it, and what becomes of damage.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <future>

#include "../support/state_directory.hpp"
#include "store/store.hpp"

namespace sluice {
namespace {

namespace fs = std::filesystem;

// What formats 6 and 7 have more than format 5.
constexpr char kWithoutResults[] =
    "DROP TABLE revision_edits; DROP INDEX revision_results; "
    "DROP TABLE confirmations; ALTER TABLE revisions DROP COLUMN result; ALTER TABLE revisions DROP COLUMN "
    "result_time; ALTER TABLE revisions DROP COLUMN result_who; ALTER TABLE revisions DROP COLUMN "
    "result_why;";

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
  void run(const char* sql) { ASSERT_TRUE(Database::open(dir_ / "sluice.db").value().run_script(sql)); }
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

// Between fork() and exec() it has what the daemon had.
TEST_F(StoreOpen, AChildThatADeadDaemonLeftIsWaitedFor) {
  int ready[2], release[2];
  ASSERT_EQ(::pipe(ready) | ::pipe(release), 0);
  const pid_t daemon = ::fork();
  if (daemon == 0) {
    const auto store = Store::open(dir_);
    char word = store ? 'y' : 'n';
    if (::fork() == 0) ::_exit(static_cast<int>(::read(release[0], &word, 1)));
    (void)!::write(ready[1], &word, 1);
    ::_exit(0);
  }
  char opened = 0;
  ASSERT_EQ(::read(ready[0], &opened, 1), 1);
  ASSERT_EQ(::waitpid(daemon, nullptr, 0), daemon);
  EXPECT_EQ(opened, 'y');
  auto opening = std::async(std::launch::async, [&] { return refusal(Store::open(dir_)); });
  EXPECT_EQ(opening.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout) << "it waits";
  EXPECT_EQ(::write(release[1], "x", 1), 1);
  EXPECT_EQ(opening.get(), "opened");
  for (const int end : {ready[0], ready[1], release[0], release[1]}) ::close(end);
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
  run("PRAGMA user_version = 8;");
  EXPECT_EQ(refusal(Store::open(dir_)),
            "state database " + (dir_ / "sluice.db").string() +
                " has format 8, and this release knows formats up to 7: start the release of "
                "sluiced that wrote it");
}

TEST_F(StoreOpen, AnotherApplicationsDatabaseIsLeftAlone) {
  run("CREATE TABLE people (name TEXT)");   // in a file that is new
  const auto said = refusal(Store::open(dir_));
  EXPECT_NE(said.find("another application wrote it: it has a table \"people\""), std::string::npos) << said;
  auto database = Database::open_to_read(dir_ / "sluice.db", Database::Disk::kWritable).value();
  EXPECT_EQ(database.rows("SELECT name FROM sqlite_master WHERE type = 'table'", first_text).value(),
            std::vector<std::string>{"people"});
}

TEST_F(StoreOpen, AnExaminationSaysWhatAStartWouldSay) {
  EXPECT_EQ(Store::examine(dir_, {}).value(), "");
  { const Store store = Store::open(dir_).value(); }
  EXPECT_EQ(Store::examine(dir_, {}).value(), "");
  fs::remove(dir_ / "sluice.db-wal");   // which has all of it
  overwrite(std::string(9000, 'x'));
  const auto examined = Store::examine(dir_, {});
  ASSERT_FALSE(examined);
  EXPECT_EQ(examined.error().message, refusal(Store::open(dir_)));
}

TEST_F(StoreOpen, ADatabaseOfAnOlderReleaseKeepsWhatItHas) {
  { ASSERT_TRUE(Store::open(dir_).value().note("color", "blue")); }
  run(kWithoutResults);
  run("DROP TABLE owned_links; DROP TABLE owned_members; DROP TABLE set_files; DROP TABLE revision_files; "
      "DROP TABLE allotments; DROP TABLE changes; DROP TRIGGER count_notes_INSERT; DROP TRIGGER "
      "count_notes_UPDATE; "
      "PRAGMA user_version = 1;");
  Store store = Store::open(dir_).value();
  EXPECT_EQ(store.note("color").value(), "blue");
  EXPECT_TRUE(store.owned_links().value().empty());
}

TEST_F(StoreOpen, RevisionsOfAReleaseThatKeptNoResultsAreGood) {
  {
    Store store = Store::open(dir_).value();
    ASSERT_TRUE(store.append({.who = "root", .text = "one"}));
    ASSERT_TRUE(store.append({.who = "root", .text = "two"}));
  }
  run(kWithoutResults);
  run("PRAGMA user_version = 5;");
  EXPECT_EQ(Store::last_words(dir_).value().text, "two");
  Store store = Store::open(dir_).value();
  const auto all = store.history(10).value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].text, "two");
  EXPECT_EQ(all[0].result, RevisionResult::kApplied);
  EXPECT_FALSE(store.confirmation().value());
  EXPECT_EQ(store.in_force().value()->number, 2);
  ASSERT_TRUE(store.go_back(1, {.time = "t", .who = "ann", .why = "w"}));
  EXPECT_EQ(store.current().value()->number, 1);
  auto database = Database::open_to_read(dir_ / "sluice.db", Database::Disk::kWritable).value();
  EXPECT_EQ(
      database.rows("SELECT name FROM sqlite_master WHERE name = 'revision_results'", first_text)->size(), 1u)
      << "who looks for results reads no texts";
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

}   // namespace
}   // namespace sluice
