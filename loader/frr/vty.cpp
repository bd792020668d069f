// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/vty.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/text.hpp"
#include "base/unix_socket.hpp"

namespace sluice {
namespace {

// Behind an answer stand three zeros and its status (vtysh/vtysh.c, vtysh_client_run()).
constexpr size_t kTrailer = 4;
constexpr size_t kLargestAnswer = size_t{64} << 20;

bool is_whole(std::string_view answer) {
  return answer.size() >= kTrailer &&
         answer.substr(answer.size() - kTrailer, kTrailer - 1) == std::string_view("\0\0\0", kTrailer - 1);
}

std::string first_line(std::string_view text) {
  for (const std::string_view line : split(text, '\n'))
    if (!line.empty()) return std::string(line);
  return "it does not say why";
}

}   // namespace

Result<std::optional<Vty>> Vty::connect(const std::filesystem::path& socket,
                                        std::chrono::milliseconds patience) {
  auto fd = TRY(connect_where_heard(socket));
  return fd ? std::optional(Vty(std::move(*fd), patience)) : std::nullopt;
}

Result<> Vty::wait_for(short event) {
  if (errno != EAGAIN && errno != EINTR) return fail_errno("talk to it", errno);
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(end_ - std::chrono::steady_clock::now()).count();
  pollfd wanted{.fd = fd_.get(), .events = event, .revents = 0};
  if (left <= 0 || ::poll(&wanted, 1, static_cast<int>(left)) == 0) return fail("it does not answer in time");
  return {};
}

Result<std::string> Vty::ask(std::string_view command) {
  const std::string question = std::string(command) + '\0';
  for (std::string_view left = question; !left.empty();) {
    const ssize_t sent = ::send(fd_.get(), left.data(), left.size(), MSG_NOSIGNAL);
    if (sent > 0) left.remove_prefix(static_cast<size_t>(sent));
    if (sent < 0) TRY(wait_for(POLLOUT));
  }
  std::string answer;
  std::array<char, 65536> buffer;
  while (!is_whole(answer)) {
    const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (size == 0) return fail("it hangs up");
    if (size < 0) TRY(wait_for(POLLIN));
    if (size > 0) answer.append(buffer.data(), static_cast<size_t>(size));
    if (answer.size() > kLargestAnswer) return fail("its answer has no end");
  }
  const bool is_good = answer.back() == 0;
  answer.resize(answer.size() - kTrailer);
  if (is_good) return answer;
  return fail(fmt::format("it refuses \"{}\": {}", command, first_line(answer)));
}

}   // namespace sluice
