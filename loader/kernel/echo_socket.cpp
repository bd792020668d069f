// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/echo_socket.hpp"

#include <fmt/format.h>
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/checksum.hpp"

namespace sluice {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPatienceOfEcho{1000};
constexpr int kTries = 2;   // a packet may be lost for other reasons
constexpr size_t kIpv4Header = 20, kIpv6Header = 40, kLargestEcho = 65535;

struct EchoHeader {
  uint8_t type, code;
  uint16_t checksum, id, sequence;
};

uint16_t own_id() { return static_cast<uint16_t>(::getpid()); }

// Sends as large as is asked, whatever is believed of the way, and hears what routers say.
bool set_options(int fd, bool is_ipv4) {
  const int probe = IP_PMTUDISC_PROBE, on = 1;   // IPV6_PMTUDISC_PROBE is the same number
  const int level = is_ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
  return ::setsockopt(fd, level, is_ipv4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, &probe, sizeof(probe)) == 0 &&
         ::setsockopt(fd, level, is_ipv4 ? IP_RECVERR : IPV6_RECVERR, &on, sizeof(on)) == 0;
}

bool is_connected(int fd, const IpAddress& to) {
  sockaddr_in address4{};
  sockaddr_in6 address6{};
  address4.sin_family = AF_INET;
  address6.sin6_family = AF_INET6;
  if (to.is_ipv4())
    address4.sin_addr.s_addr = htonl(to.ipv4());
  else
    std::memcpy(&address6.sin6_addr, to.bytes().data(), sizeof(address6.sin6_addr));
  const auto* address = to.is_ipv4() ? reinterpret_cast<const sockaddr*>(&address4)
                                     : reinterpret_cast<const sockaddr*>(&address6);
  return ::connect(fd, address, to.is_ipv4() ? sizeof(address4) : sizeof(address6)) == 0;
}

}   // namespace

Result<EchoSocket> EchoSocket::open(const IpAddress& to) {
  const bool is_ipv4 = to.is_ipv4();
  UniqueFd fd(::socket(is_ipv4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
                       is_ipv4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6}));
  if (!fd) return fail_errno("send echo requests", errno);
  if (!set_options(fd.get(), is_ipv4) || !is_connected(fd.get(), to))
    return fail_errno(fmt::format("send echo requests to {}", to.to_string()), errno);
  return EchoSocket(std::move(fd), is_ipv4);
}

uint32_t EchoSocket::mtu() const {
  int mtu = 0;
  socklen_t size = sizeof(mtu);
  ::getsockopt(fd_.get(), is_ipv4_ ? IPPROTO_IP : IPPROTO_IPV6, is_ipv4_ ? IP_MTU : IPV6_MTU, &mtu, &size);
  return mtu > 0 ? static_cast<uint32_t>(mtu) : 0;
}

Result<EchoOutcome> EchoSocket::ask(uint32_t bytes) {
  EchoOutcome outcome;
  for (int tried = 0; tried < kTries && !outcome.answered && !outcome.fits; ++tried)
    outcome = TRY(ask_once(bytes));
  return outcome;
}

Result<EchoOutcome> EchoSocket::ask_once(uint32_t bytes) {
  const size_t header = is_ipv4_ ? kIpv4Header : kIpv6Header;
  std::vector<char> packet(std::max<size_t>(std::max<size_t>(bytes, header) - header, sizeof(EchoHeader)));
  EchoHeader echo{.type = static_cast<uint8_t>(is_ipv4_ ? ICMP_ECHO : ICMP6_ECHO_REQUEST),
                  .code = 0,
                  .checksum = 0,
                  .id = own_id(),
                  .sequence = ++sequence_};
  if (is_ipv4_)
    echo.checksum = internet_checksum(&echo, sizeof(echo));   // zeros follow; ICMPv6's is the kernel's
  std::memcpy(packet.data(), &echo, sizeof(echo));
  buffer_.resize(kLargestEcho);
  if (::send(fd_.get(), packet.data(), packet.size(), 0) < 0) {
    if (errno == EMSGSIZE) return EchoOutcome{.fits = mtu()};
    if (errno != ENOBUFS && errno != EHOSTUNREACH) return fail_errno("send an echo request", errno);
  }
  const auto end = Clock::now() + kPatienceOfEcho;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd heard{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    if (left <= 0 || ::poll(&heard, 1, static_cast<int>(left)) == 0) return EchoOutcome{};
    if (heard.revents & POLLERR)
      if (const auto fits = told_size()) return EchoOutcome{.fits = fits};
    if ((heard.revents & POLLIN) && is_answer()) return EchoOutcome{.answered = true};
  }
}

// IPv4 comes with its header.
bool EchoSocket::is_answer() {
  const ssize_t size = ::recv(fd_.get(), buffer_.data(), buffer_.size(), 0);
  if (size <= 0) return false;
  const size_t header = is_ipv4_ ? size_t{4} * (static_cast<uint8_t>(buffer_[0]) & 15) : 0;
  EchoHeader echo;
  if (static_cast<size_t>(size) < header + sizeof(echo)) return false;
  std::memcpy(&echo, buffer_.data() + header, sizeof(echo));
  const uint8_t type = is_ipv4_ ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;
  return echo.type == type && echo.id == own_id() && echo.sequence == sequence_;
}

std::optional<uint32_t> EchoSocket::told_size() {
  std::array<char, 512> control;
  iovec where{.iov_base = buffer_.data(), .iov_len = buffer_.size()};
  msghdr message{};
  message.msg_iov = &where;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(fd_.get(), &message, MSG_ERRQUEUE) < 0) return std::nullopt;
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one; one = CMSG_NXTHDR(&message, one)) {
    const bool is_error = (one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_RECVERR) ||
                          (one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_RECVERR);
    sock_extended_err error{};
    if (!is_error || one->cmsg_len < CMSG_LEN(sizeof(error))) continue;
    std::memcpy(&error, CMSG_DATA(one), sizeof(error));
    if (error.ee_errno == EMSGSIZE) return error.ee_info;
  }
  return std::nullopt;
}

}   // namespace sluice
