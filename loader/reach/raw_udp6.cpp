// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/raw_udp6.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "reach/raw_parts.hpp"
#include "stun/message.hpp"

namespace sluice {
namespace {

constexpr int kChecksumAt = 6;   // the kernel makes it, and looks at it

IpAddress address_of(const in6_addr& address) {
  std::array<uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &address, bytes.size());
  return IpAddress::from_bytes(bytes);
}

in6_addr address_of(const IpAddress& address) {
  in6_addr made{};
  std::memcpy(&made, address.bytes().data(), sizeof(made));
  return made;
}

// A raw socket of IPv6 is given what is behind the header of IPv6.
const sock_filter kStunAlone6[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kUdpHeader + stun::kMagicCookieAt),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, stun::kMagicCookie, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 2048),
    BPF_STMT(BPF_RET | BPF_K, 0),
};

Result<> set_option(int fd, int level, int option, int value) {
  if (::setsockopt(fd, level, option, &value, sizeof(value)) != 0)
    return fail_errno("prepare a raw socket of IPv6", errno);
  return {};
}

}   // namespace

Result<RawUdp6> RawUdp6::open() {
  UniqueFd socket(::socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
  if (!socket) return fail_errno("make a raw socket of IPv6", errno);
  TRY(hear_alone(socket.get(), kStunAlone6));
  TRY(set_option(socket.get(), IPPROTO_IPV6, IPV6_CHECKSUM, kChecksumAt));
  TRY(set_option(socket.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, 1));
  return RawUdp6(std::move(socket));
}

void RawUdp6::send(const Endpoint& from, const Endpoint& to, uint32_t device,
                   std::span<const uint8_t> payload) const {
  std::vector<uint8_t> datagram(kUdpHeader + payload.size());
  const auto length = static_cast<uint16_t>(datagram.size());
  const uint16_t words[] = {htons(from.port), htons(to.port), htons(length)};
  std::memcpy(datagram.data(), words, sizeof(words));
  std::ranges::copy(payload, datagram.begin() + kUdpHeader);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = address_of(to.address);   // a raw socket has no port
  const in6_pktinfo way{.ipi6_addr = address_of(from.address), .ipi6_ifindex = device};
  send_raw_datagram(socket_.get(), datagram,
                    {.name = &address,
                     .name_bytes = sizeof(address),
                     .level = IPPROTO_IPV6,
                     .type = IPV6_PKTINFO,
                     .control = {reinterpret_cast<const uint8_t*>(&way), sizeof(way)}});
}

std::optional<RawDatagram> RawUdp6::receive() {
  sockaddr_in6 sender{};
  iovec piece{buffer_.data(), buffer_.size()};
  alignas(cmsghdr) std::array<char, 256> control{};
  msghdr message{};
  message.msg_name = &sender;
  message.msg_namelen = sizeof(sender);
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = ::recvmsg(socket_.get(), &message, 0);
  if (size < 0) return std::nullopt;
  RawDatagram read;
  const std::span<const uint8_t> udp(buffer_.data(), static_cast<size_t>(size));
  if (udp.size() < kUdpHeader || word_at(udp, 4) < kUdpHeader || word_at(udp, 4) > udp.size()) return read;
  for (const cmsghdr* one = CMSG_FIRSTHDR(&message); one;
       one = CMSG_NXTHDR(&message, const_cast<cmsghdr*>(one)))
    if (one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo way{};
      std::memcpy(&way, CMSG_DATA(one), sizeof(way));
      read.to = {address_of(way.ipi6_addr), word_at(udp, 2)};
    }
  read.from = {address_of(sender.sin6_addr), word_at(udp, 0)};
  read.payload = udp.subspan(kUdpHeader, word_at(udp, 4) - kUdpHeader);
  return read;
}

}   // namespace sluice
