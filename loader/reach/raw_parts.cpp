// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/raw_parts.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace sluice {

Result<> hear_alone(int fd, std::span<const sock_filter> code) {
  const sock_fprog program{.len = static_cast<unsigned short>(code.size()),
                           .filter = const_cast<sock_filter*>(code.data())};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0)
    return fail_errno("hear answers of STUN servers alone", errno);
  return {};
}

void send_raw_datagram(int fd, std::span<uint8_t> datagram, const RawWay& way) {
  iovec piece{datagram.data(), datagram.size()};
  alignas(cmsghdr) std::array<uint8_t, 64> control{};
  msghdr message{};
  message.msg_name = const_cast<void*>(way.name);
  message.msg_namelen = way.name_bytes;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = CMSG_SPACE(way.control.size());
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = way.level;
  header->cmsg_type = way.type;
  header->cmsg_len = CMSG_LEN(way.control.size());
  std::memcpy(CMSG_DATA(header), way.control.data(), way.control.size());
  if (way.hops) {
    const int hops = way.hops;
    message.msg_controllen += CMSG_SPACE(sizeof(hops));
    header = CMSG_NXTHDR(&message, header);
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_TTL;
    header->cmsg_len = CMSG_LEN(sizeof(hops));
    std::memcpy(CMSG_DATA(header), &hops, sizeof(hops));
  }
  (void)!::sendmsg(fd, &message, 0);
}

}   // namespace sluice
