// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/link_state.hpp"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/unique_fd.hpp"

namespace sluice {

namespace {

std::optional<short> flags_of_link(const std::string& name) {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  if (!socket || ::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return std::nullopt;
  return request.ifr_flags;
}

}   // namespace

LinkState link_state(const std::string& name) {
  const auto flags = flags_of_link(name);
  if (!flags) return LinkState::kMissing;
  constexpr short kBoth = IFF_UP | IFF_RUNNING;
  return (*flags & kBoth) == kBoth ? LinkState::kRuns : LinkState::kDown;
}

std::optional<bool> carrier_of(const std::string& name) {
  const auto flags = flags_of_link(name);
  if (!flags || !(*flags & IFF_UP)) return std::nullopt;
  return (*flags & IFF_RUNNING) != 0;
}

}   // namespace sluice
