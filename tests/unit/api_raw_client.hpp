// SPDX-License-Identifier: GPL-2.0-or-later
// A client that keeps to no rule.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "base/unix_socket.hpp"

namespace sluice {

class RawClient {
 public:
  explicit RawClient(const std::filesystem::path& path)
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{10, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    error_ = connect_unix(fd_, *unix_address(path));
  }

  int connect_error() const { return error_; }

  // How much of it went out before the other side closed.
  size_t send(std::string_view text) {
    size_t sent = 0;
    while (sent < text.size()) {
      const auto count = ::send(fd_.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) break;
      sent += static_cast<size_t>(count);
    }
    return sent;
  }
  void end_sending() { ::shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.reset(); }

  // Whether the other side closes within ten seconds though nothing is read here.
  bool is_closed_by_server() {
    pollfd watched{fd_.get(), 0, 0};
    return ::poll(&watched, 1, 10'000) == 1 && (watched.revents & POLLHUP);
  }

  // What comes until the other side closes, or until `count` answers have begun.
  std::string read(size_t count = SIZE_MAX) {
    std::string all;
    char chunk[4096];
    while (answers_in(all) < count || !all.ends_with("\n")) {
      const auto got = ::recv(fd_.get(), chunk, sizeof(chunk), 0);
      if (got <= 0) break;
      all.append(chunk, static_cast<size_t>(got));
    }
    return all;
  }

  static size_t answers_in(std::string_view text) {
    size_t count = 0;
    for (auto at = text.find("HTTP/1.1 "); at != text.npos; at = text.find("HTTP/1.1 ", at + 1)) ++count;
    return count;
  }

 private:
  UniqueFd fd_;
  int error_ = 0;
};

}   // namespace sluice
