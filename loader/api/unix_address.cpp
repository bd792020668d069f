// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/unix_address.hpp"

#include <fmt/format.h>

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

Result<UniqueFd> unix_stream_socket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno("make a Unix socket", errno);
  return fd;
}

int connect_unix(const UniqueFd& fd, const sockaddr_un& address) {
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ? 0 : errno;
}

}   // namespace sluice
