// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/file.hpp"

namespace sluice {
namespace {

namespace fs = std::filesystem;

// A directory of its own, removed at the end.
class FileTest : public testing::Test {
 protected:
  FileTest() {
    std::string name = (fs::temp_directory_path() / "sluice-file-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~FileTest() override { fs::remove_all(directory_); }

  size_t files() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
  }

  fs::path directory_;
};

TEST_F(FileTest, WhatIsWrittenCanBeRead) {
  const std::string text("one\0two\n", 8);
  ASSERT_TRUE(write_file_atomically(directory_ / "a", text, 0600));
  EXPECT_EQ(*read_file(directory_ / "a", 100), text);
}

TEST_F(FileTest, TheModeIsTheOneAskedForWhateverTheUmask) {
  const mode_t before = ::umask(077);
  ASSERT_TRUE(write_file_atomically(directory_ / "a", "x", 0664));
  ::umask(before);
  struct stat status;
  ASSERT_EQ(::stat((directory_ / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0664u);
}

TEST_F(FileTest, ReplacingLeavesNothingBeside) {
  ASSERT_TRUE(write_file_atomically(directory_ / "a", "old", 0600));
  ASSERT_TRUE(write_file_atomically(directory_ / "a", "new", 0600));
  EXPECT_EQ(*read_file(directory_ / "a", 100), "new");
  EXPECT_EQ(files(), 1u);
}

TEST_F(FileTest, AFailedReplacementKeepsTheOldAndLeavesNothingBeside) {
  fs::create_directory(directory_ / "taken");
  std::ofstream(directory_ / "taken" / "inside") << "x";
  EXPECT_FALSE(write_file_atomically(directory_ / "taken", "new", 0600));
  EXPECT_EQ(files(), 1u);
}

TEST_F(FileTest, ALongFileIsRefusedByName) {
  ASSERT_TRUE(write_file_atomically(directory_ / "long", std::string(101, 'x'), 0600));
  const auto text = read_file(directory_ / "long", 100);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message, "read " + (directory_ / "long").string() + ": longer than 100 bytes");
  EXPECT_TRUE(read_file(directory_ / "long", 101));
}

TEST_F(FileTest, AMissingFileIsNamed) {
  const auto text = read_file(directory_ / "none", 100);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message, "open " + (directory_ / "none").string() + ": No such file or directory");
}

TEST_F(FileTest, ADirectoryIsNoFile) { EXPECT_FALSE(read_file(directory_, 100)); }

TEST_F(FileTest, RegularFilesAreReadByTheirNames) {
  std::ofstream(directory_ / "a") << "one";
  std::ofstream(directory_ / "b") << "two";
  fs::create_symlink("b", directory_ / "link");
  EXPECT_EQ(*read_regular_files({"a", "link"}, directory_, 6), (NamedTexts{{"a", "one"}, {"link", "two"}}));
  EXPECT_EQ(*read_regular_files({(directory_ / "a").string()}, "/nowhere", 6),
            (NamedTexts{{(directory_ / "a").string(), "one"}}));
}

TEST_F(FileTest, RegularFilesHaveABoundTogether) {
  std::ofstream(directory_ / "a") << "one";
  std::ofstream(directory_ / "b") << "two";
  const auto read = read_regular_files({"a", "b"}, directory_, 5);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kInvalidDocument);
  EXPECT_EQ(read.error().message, "read " + (directory_ / "b").string() + ": longer than 2 bytes");
}

TEST_F(FileTest, WhatIsNoRegularFileIsNotRead) {
  ASSERT_EQ(::mkfifo((directory_ / "pipe").c_str(), 0600), 0);
  for (const char* name : {"pipe", ".", "/dev/zero"}) {
    const auto read = read_regular_files({name}, directory_, 100);
    ASSERT_FALSE(read) << name;
    EXPECT_TRUE(read.error().message.ends_with(": not a regular file")) << read.error().message;
  }
  EXPECT_FALSE(read_regular_files({"missing"}, directory_, 100));
  EXPECT_TRUE(read_file(directory_ / "pipe", 100).error().message.ends_with(": not a regular file"));
}

TEST_F(FileTest, FilesOfTheKernelAreRead) {
  EXPECT_TRUE(read_file("/proc/sys/kernel/random/boot_id", 64));
  EXPECT_TRUE(read_file("/sys/class/net/lo/mtu", 16)) << "whatever size it says to have";
}

}   // namespace
}   // namespace sluice
