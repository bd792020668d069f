// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/wireguard/uapi_socket.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <vector>

#include "base/unix_socket.hpp"

namespace sluice {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kAnswerTime{10};
constexpr std::string_view kNoChange = "set=1\n\n";
constexpr size_t kLargestAnswer = size_t{64} << 20;

class TunnelConversation {
 public:
  explicit TunnelConversation(UniqueFd fd) : fd_(std::move(fd)) {}

  // Who refuses the beginning may not listen to the end, but has answered.
  Result<> say(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent > 0) text.remove_prefix(static_cast<size_t>(sent));
      if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) return {};
      if (sent < 0) TRY(wait_after_error(POLLOUT));
    }
    return {};
  }

  Result<std::string> hear() {
    std::string answer;
    std::vector<char> buffer(size_t{64} << 10);
    while (!answer.ends_with("\n\n")) {
      const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (size == 0) break;
      if (size < 0) TRY(wait_after_error(POLLIN));
      if (size > 0) answer.append(buffer.data(), static_cast<size_t>(size));
      if (answer.size() > kLargestAnswer) return fail("wireguard-go's answer has no end");
    }
    return answer;
  }

  UniqueFd end() && { return std::move(fd_); }

 private:
  Result<> wait_after_error(short event) {
    if (errno != EAGAIN && errno != EINTR) return fail_errno("talk to wireguard-go", errno);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Clock::now()).count();
    pollfd wanted{.fd = fd_.get(), .events = event, .revents = 0};
    if (left <= 0 || ::poll(&wanted, 1, static_cast<int>(left)) == 0)
      return fail(fmt::format("wireguard-go does not answer within {} s", kAnswerTime.count()));
    return {};
  }

  UniqueFd fd_;
  Clock::time_point end_ = Clock::now() + kAnswerTime;
};

struct Conversed {
  UniqueFd line;   // empty: nobody listens
  std::string answer;
};

Result<Conversed> converse(const std::string& device, std::string_view text) {
  auto fd = TRY(connect_where_heard(tunnel_socket(device)));
  if (!fd) return Conversed{};
  TunnelConversation conversation(std::move(*fd));
  TRY(conversation.say(text));
  std::string answer = TRY(conversation.hear());
  return Conversed{std::move(conversation).end(), std::move(answer)};
}

}   // namespace

std::string tunnel_socket(const std::string& device) { return fmt::format("/run/wireguard/{}.sock", device); }

bool is_tunnel_spoken_for(const std::string& device) {
  const auto fd = connect_where_heard(tunnel_socket(device));
  return !fd || *fd;
}

Result<std::optional<std::string>> ask_userspace_tunnel(const std::string& device, std::string_view text) {
  Conversed done = TRY(converse(device, text));
  return done.line ? std::optional(std::move(done.answer)) : std::nullopt;
}

// Until it has answered it may not have taken the connection, which would end with the socket.
Result<UniqueFd> hold_userspace_tunnel(const std::string& device) {
  return std::move(TRY(converse(device, kNoChange)).line);
}

bool has_hung_up(const UniqueFd& held) {
  pollfd wanted{.fd = held.get(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&wanted, 1, 0) > 0;
}

}   // namespace sluice
