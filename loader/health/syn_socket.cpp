// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/syn_socket.hpp"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "health/check.hpp"
#include "health/socket_address.hpp"
#include "health/syn_filter.hpp"

namespace sluice {
namespace {

using boost::asio::posix::stream_descriptor;
using boost::system::error_code;

// Answers that are read at once; and how often until others have their turn.
constexpr size_t kBatch = 64, kBatches = 4;
constexpr int kErrorsAtOnce = 64;
// SYNs to neighbours that do not answer wait in the kernel, and take room of who has sent them: a few hundred
// fill a socket. So many sockets have room for all SYNs of the most targets there may be.
constexpr size_t kMostSenders = 256;
constexpr int kRoom = 4 << 20;   // the machine's limit may be lower

// What recvmmsg() writes to, of one thread.
struct Batch {
  std::array<std::array<uint8_t, kAnswerBytes>, kBatch> packets;
  std::array<sockaddr_in6, kBatch> from;
  std::array<iovec, kBatch> pieces;
  std::array<mmsghdr, kBatch> headers;

  Batch() {
    for (size_t i = 0; i < kBatch; ++i) {
      pieces[i] = {packets[i].data(), packets[i].size()};
      headers[i].msg_hdr = {.msg_name = &from[i],
                            .msg_namelen = sizeof(from[i]),
                            .msg_iov = &pieces[i],
                            .msg_iovlen = 1,
                            .msg_control = nullptr,
                            .msg_controllen = 0,
                            .msg_flags = 0};
    }
  }
};

Batch& batch() {
  static Batch made;
  return made;
}

// On its way: where there was no room, or rules of the machine have dropped it. It may be sent again.
bool is_lost(int error) { return error == EAGAIN || error == ENOBUFS || error == EPERM; }

// Of a control message of IP_RECVERR or IPV6_RECVERR; 0: it is none of ICMP.
int error_of(msghdr& message) {
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one; one = CMSG_NXTHDR(&message, one)) {
    if (one->cmsg_len < CMSG_LEN(sizeof(sock_extended_err))) continue;
    sock_extended_err error;
    std::memcpy(&error, CMSG_DATA(one), sizeof(error));
    if (error.ee_origin == SO_EE_ORIGIN_ICMP || error.ee_origin == SO_EE_ORIGIN_ICMP6)
      return static_cast<int>(error.ee_errno);
  }
  return 0;
}

}   // namespace

SynSocket::SynSocket(boost::asio::io_context& io, const IpAddress& source, std::string device)
    : source_(source), device_(std::move(device)), hearing_(io) {}

// Bound to the address: packets to others are not copied for it.
UniqueFd SynSocket::open_raw(int protocol, error_code& error) const {
  UniqueFd made(
      ::socket(source_.is_ipv4() ? AF_INET : AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
  const sockaddr_in6 bound = socket_address_of({source_, 0});
  if (!made) {
    error = last_error();
    return made;
  }
  error = bind_to_device(made.get(), device_);
  if (!error &&
      ::bind(made.get(), reinterpret_cast<const sockaddr*>(&bound), socket_address_size(source_)) != 0)
    error = last_error();
  return made;
}

error_code SynSocket::open(std::span<const sock_filter> filter, Ear ear) {
  error_code error;
  UniqueFd made = open_raw(IPPROTO_TCP, error);
  if (error) return error;
  const sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                           .filter = const_cast<sock_filter*>(filter.data())};
  const int yes = 1, room = kRoom;
  const bool is_ipv4 = source_.is_ipv4();
  if (::setsockopt(made.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0 ||
      ::setsockopt(made.get(), is_ipv4 ? IPPROTO_IP : IPPROTO_IPV6, is_ipv4 ? IP_RECVERR : IPV6_RECVERR, &yes,
                   sizeof(yes)) != 0)
    return last_error();
  (void)::setsockopt(made.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
  hearing_.assign(made.release(), error);
  ear_ = std::move(ear);
  if (!error) await();
  return error;
}

void SynSocket::close() {
  error_code ignored;
  ear_ = {};
  hearing_.close(ignored);
}

// Of IPPROTO_RAW: it hears nothing.
error_code SynSocket::open_sender() {
  error_code error;
  UniqueFd made = open_raw(IPPROTO_RAW, error);
  const int room = kRoom;
  if (error) return error;
  (void)::setsockopt(made.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
  senders_.push_back(std::move(made));
  return {};
}

error_code SynSocket::send(const IpAddress& to, std::span<const uint8_t> packet) {
  const sockaddr_in6 address = socket_address_of({to, 0});   // a raw socket has no port
  for (size_t tried = 0; tried <= senders_.size(); ++tried) {
    if (tried == senders_.size()) {
      if (tried == kMostSenders) break;
      if (const error_code error = open_sender()) return error;
      sender_ = tried;
    }
    if (::sendto(senders_[sender_].get(), packet.data(), packet.size(), MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&address), socket_address_size(to)) >= 0)
      return {};
    if (errno != EAGAIN) break;
    sender_ = (sender_ + 1) % senders_.size();
  }
  return is_lost(errno) ? error_code() : last_error();
}

void SynSocket::await() {
  const auto self = weak_from_this();
  hearing_.async_wait(stream_descriptor::wait_read, [self](const error_code& error) {
    const auto socket = self.lock();
    if (error || !socket) return;
    socket->hear();
    if (socket->ear_.answer) socket->await();
  });
}

void SynSocket::hear() {
  for (size_t i = 0; i < kBatches && ear_.answer; ++i) {
    const int count = read_some();
    if (count >= 0 && static_cast<size_t>(count) < kBatch) return;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count < 0) hear_errors();   // one of ICMP, which is told once by whatever call comes first
  }
}

int SynSocket::read_some() {
  Batch& read = batch();
  for (mmsghdr& header : read.headers) header.msg_hdr.msg_namelen = sizeof(sockaddr_in6);
  const int count = ::recvmmsg(hearing_.native_handle(), read.headers.data(), kBatch, MSG_DONTWAIT, nullptr);
  for (int i = 0; i < count && ear_.answer; ++i)
    take(static_cast<size_t>(i), read.headers[static_cast<size_t>(i)].msg_len);
  return count;
}

void SynSocket::take(size_t number, size_t size) {
  const Batch& read = batch();
  const std::span<const uint8_t> bytes(read.packets[number].data(), size);
  const auto answer =
      source_.is_ipv4() ? read_answer(bytes) : read_answer(address_of_socket(read.from[number]), bytes);
  if (answer) ear_.answer(*this, *answer);
}

void SynSocket::hear_errors() {
  for (int i = 0; i < kErrorsAtOnce && hear_error();) ++i;
}

// Whether there was one.
bool SynSocket::hear_error() {
  std::array<uint8_t, kAnswerBytes> quoted;
  alignas(cmsghdr) std::array<uint8_t, 256> control;
  sockaddr_in6 about{};
  iovec piece{quoted.data(), quoted.size()};
  msghdr message{.msg_name = &about,
                 .msg_namelen = sizeof(about),
                 .msg_iov = &piece,
                 .msg_iovlen = 1,
                 .msg_control = control.data(),
                 .msg_controllen = control.size(),
                 .msg_flags = 0};
  const ssize_t size = ::recvmsg(hearing_.native_handle(), &message, MSG_ERRQUEUE | MSG_DONTWAIT);
  if (size < 0) return false;
  const auto syn = read_quote({quoted.data(), static_cast<size_t>(size)});
  const int error = error_of(message);
  if (syn && error && ear_.error)
    ear_.error(*this,
               {{address_of_socket(about), syn->to_port}, *syn, {error, boost::system::system_category()}});
  return true;
}

}   // namespace sluice
