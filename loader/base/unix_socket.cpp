// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/unix_socket.hpp"

#include <fmt/format.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>

namespace sluice {

Result<sockaddr_un> unix_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  const std::string& text = path.native();
  if (text.empty() || text.size() >= sizeof(address.sun_path))
    return fail(fmt::format("the path of a socket has 1 to {} bytes, not {}: {}",
                            sizeof(address.sun_path) - 1, text.size(), text),
                ErrorKind::kUsage);
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

Result<UniqueFd> unix_stream_socket(Waits waits) {
  const int flags = SOCK_CLOEXEC | (waits == Waits::kNo ? SOCK_NONBLOCK : 0);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | flags, 0));
  if (!fd) return fail_errno("make a Unix socket", errno);
  return fd;
}

int connect_unix(const UniqueFd& fd, const sockaddr_un& address) {
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ? 0 : errno;
}

int bind_unix(const UniqueFd& fd, const sockaddr_un& address) {
  return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ? 0 : errno;
}

Result<std::optional<UniqueFd>> connect_where_heard(const std::filesystem::path& path) {
  const auto address = TRY(unix_address(path));
  UniqueFd fd = TRY(unix_stream_socket());
  const int error = connect_unix(fd, address);
  if (error == 0) return fd;
  if (error == ENOENT || error == ECONNREFUSED) return std::nullopt;
  return fail_errno("connect to " + path.native(), error);
}

Result<UniqueFd> connect_unix(const std::filesystem::path& path, std::chrono::milliseconds patience) {
  const auto address = TRY(unix_address(path));
  UniqueFd fd = TRY(unix_stream_socket(Waits::kYes));
  const timeval time{patience.count() / 1000, patience.count() % 1000 * 1000};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
  if (const int error = connect_unix(fd, address); error != 0)
    return fail_errno("connect to " + path.native(), error);
  return fd;
}

}   // namespace sluice
