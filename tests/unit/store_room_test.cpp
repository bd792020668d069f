// SPDX-License-Identifier: GPL-2.0-or-later
// Room within the record, for what is written while files cannot grow.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>

#include "../support/state_directory.hpp"
#include "store/store.hpp"

namespace sluice {
namespace {

namespace fs = std::filesystem;

constexpr int kMostChanges = 200;

class StoreRoom : public test::StateDirectoryTest {
 protected:
  uintmax_t size(const char* name) const { return fs::file_size(dir_ / name); }
  uintmax_t longest() const { return std::max(size("sluice.db"), size("sluice.db-wal")); }
  bool has_room() const { return Database::open(dir_ / "sluice.db").value().has_room().value(); }
  std::string refusal(Store& store, size_t bytes) {
    for (int change = 0; change < kMostChanges; ++change)
      if (const auto number = store.append({.text = std::string(bytes, 'x')}); !number)
        return number.error().message;
    return "";
  }
};

// As a disk that is full: what was written stays writable.
class NoGrowth {
 public:
  explicit NoGrowth(uintmax_t longest) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{longest, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  NoGrowth(const NoGrowth&) = delete;
  NoGrowth& operator=(const NoGrowth&) = delete;
  ~NoGrowth() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(StoreRoom, IsThereFromTheBeginningAndMadeUp) {
  Store store = Store::open(dir_).value();
  EXPECT_TRUE(has_room());
  for (const size_t bytes : {1000u, 400'000u, 2'000'000u}) {
    ASSERT_TRUE(store.append({.text = std::string(bytes, 'x')}));
    EXPECT_TRUE(has_room()) << bytes;
  }
  const uintmax_t before = size("sluice.db");
  for (int change = 0; change < 20; ++change) ASSERT_TRUE(store.append({.text = "{}"}));
  EXPECT_EQ(size("sluice.db"), before) << "small ones find room in it";
}

TEST_F(StoreRoom, IsMadeWhereAnEarlierReleaseHadNone) {
  { ASSERT_TRUE(Store::open(dir_).value().append({.text = "{}"})); }
  ASSERT_TRUE(Database::open(dir_ / "sluice.db").value().run_script("VACUUM"));
  EXPECT_FALSE(has_room());
  const Store store = Store::open(dir_).value();
  EXPECT_TRUE(has_room());
}

TEST_F(StoreRoom, IsLeftForWhoGoesBack) {
  for (const size_t bytes : {4000u, 40'000u}) {
    fs::remove_all(dir_);
    Store store = Store::open(dir_).value();
    store.keep_revisions(kMostChanges);
    ASSERT_TRUE(store.append({.text = "first"}));
    const NoGrowth limit(longest());
    const std::string refused = refusal(store, bytes);
    EXPECT_TRUE(refused.ends_with("keep room in it to go back later: database or disk is full")) << refused;
    EXPECT_TRUE(store.go_back(1, {"2026-01-01T00:00:00Z", "root", ""}));
    EXPECT_EQ(store.current().value()->text, "first");
    for (int record = 0; record < 100; ++record)
      ASSERT_TRUE(store.note("key", std::to_string(record))) << record;
  }
}

}   // namespace
}   // namespace sluice
