// SPDX-License-Identifier: GPL-2.0-or-later
// Files in which books outlive the process.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "gateway/state_file.hpp"

namespace sluice {
namespace {

using nlohmann::json;

class StateFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("sluice-state-file-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  StateFile file() const { return {{"book.json", 1000, "what is in it"}, folder_}; }
  static void take_none(const json& /*kept*/) {}

  std::filesystem::path folder_;
};

TEST_F(StateFiles, WhatIsKeptIsReadByTheNextProcess) {
  StateFile before = file();
  before.note_change();
  ASSERT_TRUE(before.keep({{"a", 1}}));
  EXPECT_TRUE(before.is_kept());
  struct stat status {};
  ASSERT_EQ(::stat(before.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  json read;
  StateFile after = file();
  EXPECT_TRUE(after.read([&](const json& kept) { read = kept; }));
  EXPECT_EQ(read, (json{{"a", 1}}));
  EXPECT_TRUE(after.is_kept());
}

TEST_F(StateFiles, WhatIsDamagedIsToBeWrittenAnew) {
  for (const char* text : {"", "[1", "\xff"}) {
    std::ofstream(folder_ / "book.json") << text;
    StateFile damaged = file();
    EXPECT_FALSE(damaged.read(take_none)) << text;
    EXPECT_FALSE(damaged.is_kept()) << text;
  }
  std::ofstream(folder_ / "book.json") << "{}";
  StateFile refused = file();
  EXPECT_FALSE(refused.read([](const json& /*kept*/) { throw std::invalid_argument("none of ours"); }));
  EXPECT_FALSE(refused.is_kept());
}

TEST_F(StateFiles, WhereNothingIsNothingIsToBeWritten) {
  StateFile none = file();
  EXPECT_FALSE(none.read(take_none));
  EXPECT_TRUE(none.is_kept());
}

TEST_F(StateFiles, BytesThatAreNoTextAreReplaced) {
  ASSERT_TRUE(file().keep({{"name", "caf\xe9"}}));
  EXPECT_TRUE(file().read([](const json& kept) { EXPECT_EQ(kept.at("name"), "caf\uFFFD"); }));
}

TEST_F(StateFiles, WhatWasNotWrittenIsStillToBe) {
  StateFile file({"no-such-folder/book.json", 1000, "what is in it"}, folder_);
  file.note_change();
  const auto kept = file.keep({});
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().message.find("keep what is in it: "), 0u) << kept.error().message;
  EXPECT_FALSE(file.is_kept());
  file.leave();
  EXPECT_TRUE(file.is_kept());
}

TEST_F(StateFiles, AreErased) {
  ASSERT_TRUE(file().keep({}));
  file().erase();
  EXPECT_FALSE(std::filesystem::exists(file().path()));
  file().erase();
}

}   // namespace
}   // namespace sluice
