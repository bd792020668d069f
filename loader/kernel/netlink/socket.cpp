// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/socket.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <string>

namespace sluice {

Result<MnlSocket> open_rtnetlink(int socket_flags) {
  MnlSocket socket(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | socket_flags));
  if (!socket) return fail_errno("open an rtnetlink socket", errno);
  if (mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0)
    return fail_errno("bind an rtnetlink socket", errno);
  return socket;
}

Result<> set_netlink_option(mnl_socket* socket, int option, int value, const char* name) {
  if (mnl_socket_setsockopt(socket, option, &value, sizeof(value)) == 0) return {};
  return fail_errno(std::string("set ") + name + " on an rtnetlink socket", errno);
}

Result<std::span<const std::byte>> receive_netlink(mnl_socket* socket, std::span<std::byte> buffer) {
  ssize_t size = 0;
  do {
    size = mnl_socket_recvfrom(socket, buffer.data(), buffer.size());
  } while (size < 0 && errno == EINTR);
  if (size < 0) return fail_errno("read the kernel's answer", errno);
  return buffer.first(static_cast<size_t>(size));
}

}   // namespace sluice
