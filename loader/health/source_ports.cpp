// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/source_ports.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

namespace sluice {
namespace {

// Of both families where the machine has IPv6.
UniqueFd hold_port(int family) {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  sockaddr_storage any{};
  any.ss_family = static_cast<sa_family_t>(family);
  if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0) return {};
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof(sockaddr_in6)) != 0) return {};
  return fd;
}

uint16_t port_of(const UniqueFd& fd) {
  sockaddr_in6 bound{};
  socklen_t size = sizeof(bound);
  if (!fd || ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  return ntohs(bound.sin6_port);   // where that of IPv4 is, too
}

}   // namespace

SourcePorts::SourcePorts() {
  for (size_t i = 0; i < kPorts; ++i) {
    held_[i] = hold_port(AF_INET6);
    if (!held_[i]) held_[i] = hold_port(AF_INET);
    ports_[i] = port_of(held_[i]);
  }
}

}   // namespace sluice
