// SPDX-License-Identifier: GPL-2.0-or-later
#include "front/unix_stream.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>

namespace sluice {

Result<UniqueFd> connect_unix(const std::filesystem::path& socket, std::chrono::milliseconds patience) {
  sockaddr_un address{.sun_family = AF_UNIX};
  const std::string name = socket.string();
  if (name.size() >= sizeof(address.sun_path)) return fail(fmt::format("{} is too long a name", name));
  name.copy(address.sun_path, name.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno("make a Unix socket", errno);
  const timeval time{patience.count() / 1000, patience.count() % 1000 * 1000};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return fail_errno("connect to " + name, errno);
  return fd;
}

}   // namespace sluice
