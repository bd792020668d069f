// SPDX-License-Identifier: GPL-2.0-or-later
#include "errand/lines.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace sluice {
namespace {

constexpr size_t kLongestLine = size_t{4} << 20;

}   // namespace

Result<> Lines::write(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent > 0)
      text.remove_prefix(static_cast<size_t>(sent));
    else if (errno != EINTR)
      return fail_errno("write to the other process", errno);
  }
  return {};
}

Result<std::optional<std::string>> Lines::find(Clock::time_point end) {
  size_t stop = 0;
  while ((stop = waiting_.find('\n')) == std::string::npos) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd wanted{.fd = fd_, .events = POLLIN, .revents = 0};
    if (left <= 0 || ::poll(&wanted, 1, static_cast<int>(left)) == 0) return std::nullopt;
    std::array<char, 16384> buffer;
    const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno("read what the other process says", errno);
    if (size == 0) return fail("the other process has ended");
    waiting_.append(buffer.data(), static_cast<size_t>(size));
    if (waiting_.size() > kLongestLine) return fail("the other process says too much");
  }
  std::string line = waiting_.substr(0, stop);
  waiting_.erase(0, stop + 1);
  return line;
}

Result<std::string> Lines::read(Clock::time_point end) {
  auto line = TRY(find(end));
  if (!line) return fail("the other process says nothing");
  return std::move(*line);
}

}   // namespace sluice
