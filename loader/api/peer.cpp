// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/peer.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/socket.h>

#include <array>

namespace sluice {

std::string peer_user(int fd) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "unknown";
  passwd entry{}, *found = nullptr;
  std::array<char, 16384> space;
  if (::getpwuid_r(peer.uid, &entry, space.data(), space.size(), &found) == 0 && found) return found->pw_name;
  return fmt::format("uid {}", peer.uid);
}

}   // namespace sluice
