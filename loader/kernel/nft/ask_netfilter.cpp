// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/nft/ask_netfilter.hpp"

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>

#include <array>
#include <cerrno>

#include "kernel/netlink/socket.hpp"

namespace sluice {
namespace {

using Buffer = std::array<char, 8192>;

const nlmsghdr* question(Buffer& buffer, uint8_t subsystem, uint8_t message) {
  nlmsghdr* header = mnl_nlmsg_put_header(buffer.data());
  header->nlmsg_type = static_cast<uint16_t>(subsystem << 8 | message);
  header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  auto* more = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
  more->nfgen_family = AF_UNSPEC;
  more->version = NFNETLINK_V0;
  return header;
}

}   // namespace

int ask_netfilter(uint8_t subsystem, uint8_t message) {
  const MnlSocket socket(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC));
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) return errno;
  Buffer buffer{};
  const nlmsghdr* request = question(buffer, subsystem, message);
  if (mnl_socket_sendto(socket.get(), request, request->nlmsg_len) < 0) return errno;
  const ssize_t size = mnl_socket_recvfrom(socket.get(), buffer.data(), buffer.size());
  if (size < 0) return errno;
  return mnl_cb_run(buffer.data(), static_cast<size_t>(size), 0, 0, nullptr, nullptr) < 0 ? errno : 0;
}

}   // namespace sluice
