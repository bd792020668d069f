// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/socket.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <string>

namespace sluice {

namespace {

Result<MnlSocket> open_netlink(int protocol, int socket_flags, const char* name) {
  MnlSocket socket(mnl_socket_open2(protocol, SOCK_CLOEXEC | socket_flags));
  if (!socket) return fail_errno(std::string("open ") + name, errno);
  if (mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0)
    return fail_errno(std::string("bind ") + name, errno);
  return socket;
}

}   // namespace

Result<MnlSocket> open_rtnetlink(int socket_flags) {
  return open_netlink(NETLINK_ROUTE, socket_flags, "an rtnetlink socket");
}

Result<MnlSocket> open_generic_netlink() {
  return open_netlink(NETLINK_GENERIC, 0, "a generic netlink socket");
}

Result<> set_netlink_option(mnl_socket* socket, int option, int value, const char* name) {
  if (mnl_socket_setsockopt(socket, option, &value, sizeof(value)) == 0) return {};
  return fail_errno(std::string("set ") + name + " on a netlink socket", errno);
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
