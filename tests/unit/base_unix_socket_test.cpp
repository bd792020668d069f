// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cerrno>
#include <string>

#include "base/unix_socket.hpp"

namespace sluice {
namespace {

namespace fs = std::filesystem;

class UnixSocket : public testing::Test {
 protected:
  UnixSocket() {
    std::string name = (fs::temp_directory_path() / "sluice-socket-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~UnixSocket() override { fs::remove_all(directory_); }

  UniqueFd listening() const {
    UniqueFd fd = *unix_stream_socket();
    EXPECT_EQ(bind_unix(fd, *unix_address(path())), 0);
    EXPECT_EQ(::listen(fd.get(), 1), 0);
    return fd;
  }
  fs::path path() const { return directory_ / "socket"; }

  fs::path directory_;
};

bool waits(const UniqueFd& fd) { return (::fcntl(fd.get(), F_GETFL) & O_NONBLOCK) == 0; }

TEST_F(UnixSocket, ANameHasOneTo107Bytes) {
  EXPECT_TRUE(unix_address(std::string(107, 'a')));
  const auto long_one = unix_address(std::string(108, 'a'));
  ASSERT_FALSE(long_one);
  EXPECT_EQ(long_one.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(long_one.error().message,
            "the path of a socket has 1 to 107 bytes, not 108: " + std::string(108, 'a'));
  EXPECT_FALSE(unix_address(""));
}

TEST_F(UnixSocket, NoProgramThatIsBegunGetsIt) {
  for (const Waits one : {Waits::kNo, Waits::kYes}) {
    const auto fd = unix_stream_socket(one);
    ASSERT_TRUE(fd);
    EXPECT_EQ(waits(*fd), one == Waits::kYes);
    EXPECT_EQ(::fcntl(fd->get(), F_GETFD), FD_CLOEXEC);
  }
}

TEST_F(UnixSocket, NobodyListensWhereThereIsNoneOrWhoDidHasDied) {
  const auto before = connect_where_heard(path());
  ASSERT_TRUE(before) << before.error().message;
  EXPECT_FALSE(*before);
  listening();
  ASSERT_TRUE(fs::is_socket(path()));
  const auto after = connect_where_heard(path());
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_FALSE(*after);
}

TEST_F(UnixSocket, WhereSomebodyListensThereIsAConnectionThatDoesNotWait) {
  const UniqueFd listens = listening();
  const auto fd = connect_where_heard(path());
  ASSERT_TRUE(fd && *fd);
  EXPECT_FALSE(waits(**fd));
}

TEST_F(UnixSocket, WhatElseIsInTheWayIsAFailure) {
  listening();
  const auto fd = connect_where_heard(path() / "below");
  ASSERT_FALSE(fd);
  EXPECT_EQ(fd.error().message, "connect to " + (path() / "below").native() + ": Not a directory");
}

TEST_F(UnixSocket, WhatWaitsHasPatience) {
  const UniqueFd listens = listening();
  const auto fd = connect_unix(path(), std::chrono::milliseconds(20));
  ASSERT_TRUE(fd) << fd.error().message;
  EXPECT_TRUE(waits(*fd));
  char byte;
  EXPECT_EQ(::recv(fd->get(), &byte, 1, 0), -1);
  EXPECT_EQ(errno, EAGAIN);
}

TEST_F(UnixSocket, WhatWaitsSaysWhatItConnectsTo) {
  const auto fd = connect_unix(path());
  ASSERT_FALSE(fd);
  EXPECT_EQ(fd.error().message, "connect to " + path().native() + ": No such file or directory");
}

}   // namespace
}   // namespace sluice
