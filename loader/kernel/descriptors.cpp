// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/descriptors.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace sluice {
namespace {

// A number, because a message of a stream without any byte carries nothing, and room for one descriptor.
class Parcel {
 public:
  explicit Parcel(uint32_t number = 0) : number_(number) {
    message_.msg_iov = &content_;
    message_.msg_iovlen = 1;
  }

  bool send(int socket, int fd) {
    if (fd >= 0) put(fd);
    return ::sendmsg(socket, &message_, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof(number_));
  }

  bool receive(int socket) {
    message_.msg_control = room_.data();
    message_.msg_controllen = room_.size();
    return ::recvmsg(socket, &message_, MSG_CMSG_CLOEXEC | MSG_WAITALL) ==
           static_cast<ssize_t>(sizeof(number_));
  }

  uint32_t number() const { return number_; }
  UniqueFd take() {
    const cmsghdr* header = CMSG_FIRSTHDR(&message_);
    if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return UniqueFd();
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    return UniqueFd(fd);
  }

 private:
  void put(int fd) {
    message_.msg_control = room_.data();
    message_.msg_controllen = room_.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message_);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fd));
    std::memcpy(CMSG_DATA(header), &fd, sizeof(fd));
  }

  uint32_t number_;
  iovec content_{&number_, sizeof(number_)};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> room_{};
  msghdr message_{};
};

}   // namespace

Result<> send_descriptors(int socket, std::span<const int> descriptors) {
  if (!Parcel(static_cast<uint32_t>(descriptors.size())).send(socket, -1))
    return fail_errno("hand descriptors over", errno);
  for (const int fd : descriptors)
    if (!Parcel().send(socket, fd)) return fail_errno("hand descriptors over", errno);
  return {};
}

Result<std::vector<UniqueFd>> receive_descriptors(int socket) {
  Parcel count;
  if (!count.receive(socket) || count.number() > kMostDescriptors)
    return fail("take descriptors over: the other side does not say how many");
  std::vector<UniqueFd> taken;
  for (uint32_t i = 0; i < count.number(); ++i) {
    Parcel parcel;
    if (!parcel.receive(socket)) return fail_errno("take descriptors over", errno);
    taken.push_back(parcel.take());
    if (!taken.back()) return fail("take descriptors over: there is none in its message");
  }
  return taken;
}

}   // namespace sluice
