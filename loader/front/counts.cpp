// SPDX-License-Identifier: GPL-2.0-or-later
// The protocol is that of peers-v2.0.txt of HAProxy's documentation: lines to say who is there, then messages
// of which those of control are two bytes, a class of 0 and a type.
#include "front/counts.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "base/text.hpp"
#include "base/unix_socket.hpp"

namespace sluice {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kResyncRequest = "\0\0"sv, kResyncFinished = "\0\1"sv, kResyncConfirmed = "\0\3"sv;
constexpr std::string_view kWelcome = "200\n";

// PEERS_F_RESYNC_LOCAL and PEERS_F_RESYNC_REMOTE of HAProxy: nothing more is to be heard from there.
constexpr unsigned kLocalDone = 0x1, kRemoteDone = 0x2;

Result<> say(const UniqueFd& fd, std::string_view text) {
  const ssize_t sent = ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(text.size())) return {};
  return fail_errno("tell HAProxy that there are no counts", sent < 0 ? errno : EIO);
}

// The next bytes, which have to be these.
Result<> hear(const UniqueFd& fd, std::string_view expected) {
  std::array<char, 16> buffer;
  const ssize_t size = ::recv(fd.get(), buffer.data(), expected.size(), MSG_WAITALL);
  if (size < 0) return fail_errno("hear the peer that HAProxy is", errno);
  if (std::string_view(buffer.data(), static_cast<size_t>(size)) == expected) return {};
  return fail("HAProxy does not ask for counts");
}

}   // namespace

CountsHeard parse_peers(std::string_view answer) {
  constexpr std::string_view kFlags = " flags=0x";
  for (const std::string_view line : split(answer, '\n')) {
    const size_t at = line.find(kFlags);
    if (at == std::string_view::npos || !line.contains(" id=self ")) continue;
    unsigned flags = 0;
    std::from_chars(line.data() + at + kFlags.size(), line.data() + line.size(), flags, 16);
    if ((flags & kLocalDone) == 0) return CountsHeard::kWaits;
    return (flags & kRemoteDone) == 0 ? CountsHeard::kAsks : CountsHeard::kAll;
  }
  return CountsHeard::kWaits;
}

Result<> tell_no_counts(const std::filesystem::path& peers_socket, std::chrono::milliseconds patience) {
  const UniqueFd fd = TRY(connect_unix(peers_socket, patience));
  TRY(say(fd, fmt::format("HAProxyS 2.1\nself\n{} {} 1\n", kPeerOfCounts, ::getpid())));
  TRY(hear(fd, kWelcome));
  TRY(hear(fd, kResyncRequest));
  TRY(say(fd, kResyncFinished));
  return hear(fd, kResyncConfirmed);
}

}   // namespace sluice
