// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <sys/stat.h>

#include <fstream>

#include "api/client.hpp"
#include "api/socket_file.hpp"
#include "api_raw_client.hpp"
#include "api_test_daemon.hpp"
#include "base/unix_socket.hpp"

namespace sluice {
namespace {

TEST(SocketFile, makes_its_directory) {
  TempDirectory directory;
  const auto path = directory / "run/sluice/sluice.sock";
  const auto file = SocketFile::listen(path);
  ASSERT_TRUE(file.has_value()) << file.error().message;
  EXPECT_EQ(std::filesystem::status(path.parent_path()).permissions(), std::filesystem::perms(0755));
}

TEST(SocketFile, takes_the_place_of_a_dead_one) {
  TempDirectory directory;
  const auto path = directory / "socket";
  UniqueFd dead(::socket(AF_UNIX, SOCK_STREAM, 0));
  const auto address = *unix_address(path);
  ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  dead.reset();
  EXPECT_TRUE(SocketFile::listen(path).has_value());
}

TEST(SocketFile, leaves_a_living_one_alone) {
  TestDaemon daemon;
  const auto second = SocketFile::listen(daemon.socket());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().message, "another sluiced answers on " + daemon.socket().native());
  EXPECT_TRUE(Client(daemon.socket()).get("/v1/status").has_value());
}

TEST(SocketFile, does_not_overwrite_a_file) {
  TempDirectory directory;
  std::ofstream(directory / "file") << "precious";
  const auto file = SocketFile::listen(directory / "file");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().message, (directory / "file").native() + " is there and is not a socket");
  EXPECT_TRUE(std::filesystem::is_regular_file(directory / "file"));
}

TEST(SocketFile, leaves_the_file_of_its_successor) {
  TempDirectory directory;
  const auto path = directory / "socket";
  auto first = SocketFile::listen(path);
  ASSERT_TRUE(first.has_value());
  std::filesystem::rename(path, directory / "moved");   // keeps the first inode in use
  const auto second = SocketFile::listen(path);
  ASSERT_TRUE(second.has_value());
  first->remove();
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST(SocketFile, says_which_path_is_too_long) {
  const auto file = SocketFile::listen("/tmp/" + std::string(200, 'x'));
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().kind, ErrorKind::kUsage);
}

TEST(Client, says_that_nobody_answers) {
  TempDirectory directory;
  const auto answer = Client(directory / "nobody").get("/v1/status");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kUnreachable);
  EXPECT_EQ(
      answer.error().error.message,
      "sluiced does not answer on " + (directory / "nobody").native() +
          ": No such file or directory (is it running? start it with `sluiced`, or name its socket with "
          "--socket)");
}

// Answers every connection with these bytes.
class WrongServer {
 public:
  explicit WrongServer(std::string answer) : answer_(std::move(answer)), file_(*SocketFile::listen(path())) {
    fd_ = file_.take_fd();
    thread_ = std::thread([this] { serve(); });
  }
  ~WrongServer() { thread_.join(); }
  std::filesystem::path path() const { return directory_ / "socket"; }

 private:
  void serve() {
    pollfd ready{fd_.get(), POLLIN, 0};
    ::poll(&ready, 1, 10'000);
    const UniqueFd peer(::accept(fd_.get(), nullptr, nullptr));
    char request[4096];
    [[maybe_unused]] const auto got = ::recv(peer.get(), request, sizeof(request), 0);
    [[maybe_unused]] const auto sent = ::send(peer.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
  }

  TempDirectory directory_;
  std::string answer_;
  SocketFile file_;
  UniqueFd fd_;
  std::thread thread_;
};

ErrorKind kind_with(const std::string& answer) {
  const WrongServer server(answer);
  const auto result = Client(server.path()).get("/v1/status");
  return result ? ErrorKind::kFailed : result.error().error.kind;
}

TEST(Client, survives_a_server_that_is_none) {
  EXPECT_EQ(kind_with(""), ErrorKind::kUnreachable);
  EXPECT_EQ(kind_with("SSH-2.0-x\r\n"), ErrorKind::kUnreachable);
  EXPECT_EQ(kind_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"), ErrorKind::kUnreachable);
  EXPECT_EQ(kind_with("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"), ErrorKind::kFailed);
  EXPECT_EQ(kind_with("HTTP/1.1 500 Oh\r\nContent-Length: 12\r\n\r\n{\"error\": 7}"), ErrorKind::kFailed);
  EXPECT_EQ(kind_with("HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\n{}"), ErrorKind::kFailed);
}

}   // namespace
}   // namespace sluice
