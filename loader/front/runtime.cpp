// SPDX-License-Identifier: GPL-2.0-or-later
#include "front/runtime.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/text.hpp"
#include "base/unix_socket.hpp"

namespace sluice {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kLargestAnswer = size_t{64} << 20;
constexpr size_t kMostInOneGo = 8192;   // HAProxy's buffer has 16 KiB

Result<> wait_for(const UniqueFd& fd, short event, Clock::time_point end) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
  pollfd wanted{.fd = fd.get(), .events = event, .revents = 0};
  if (left <= 0 || ::poll(&wanted, 1, static_cast<int>(left)) == 0)
    return fail("HAProxy does not answer in time");
  return {};
}

Result<> send_all(const UniqueFd& fd, std::string_view text, Clock::time_point end) {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent > 0)
      text.remove_prefix(static_cast<size_t>(sent));
    else if (errno == EAGAIN || errno == EINTR)
      TRY(wait_for(fd, POLLOUT, end));
    else
      return fail_errno("ask HAProxy", errno);
  }
  return {};
}

Result<std::string> receive_all(const UniqueFd& fd, Clock::time_point end) {
  std::string answer;
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t size = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (size == 0) return answer;
    if (size > 0)
      answer.append(buffer.data(), static_cast<size_t>(size));
    else if (errno == EAGAIN || errno == EINTR)
      TRY(wait_for(fd, POLLIN, end));
    else if (errno == ECONNRESET)
      return answer;   // a master that begins anew
    else
      return fail_errno("hear HAProxy", errno);
    if (answer.size() > kLargestAnswer) return fail("the answer of HAProxy has no end");
  }
}

std::string_view first_words(std::string_view command) {
  return command.substr(0, command.find_first_of(";\n<"));
}

}   // namespace

Result<std::optional<std::string>> HaproxySocket::find(std::string_view command) const {
  const auto end = Clock::now() + patience_;
  const auto fd = TRY(connect_where_heard(path_));
  if (!fd) return std::nullopt;
  TRY(send_all(*fd, std::string(command) + "\n", end));
  ::shutdown(fd->get(), SHUT_WR);   // the master would wait for more
  return TRY(receive_all(*fd, end));
}

Result<std::string> HaproxySocket::ask(std::string_view command) const {
  auto answer = TRY(find(command));
  if (!answer) return fail("nobody listens on " + path_.string());
  return std::move(*answer);
}

Result<> HaproxySocket::tell(std::string_view command, std::string_view good) const {
  const std::string answer = TRY(ask(command));
  const auto said = trimmed(answer);
  if (said.empty() || (!good.empty() && said.contains(good))) return {};
  return fail(
      fmt::format("HAProxy answers \"{}\" to \"{}\"", said.substr(0, said.find('\n')), first_words(command)));
}

Result<> HaproxySocket::tell_all(const std::vector<std::string>& commands) const {
  std::string together;
  for (const std::string& command : commands) {
    if (!together.empty() && together.size() + command.size() > kMostInOneGo)
      TRY(tell(std::exchange(together, {})));
    together += (together.empty() ? "" : ";") + command;
  }
  return together.empty() ? Result<>() : tell(together);
}

}   // namespace sluice
