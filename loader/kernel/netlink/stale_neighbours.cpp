// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/stale_neighbours.hpp"

#include <fmt/format.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/attributes.hpp"

namespace sluice {

std::optional<StaleNeighbour> parse_stale_neighbour(const nlmsghdr& message) {
  const auto* neighbour = fixed_part<ndmsg>(message);
  if (message.nlmsg_type != RTM_NEWNEIGH || !neighbour || neighbour->ndm_state != NUD_STALE)
    return std::nullopt;
  if (neighbour->ndm_family != AF_INET && neighbour->ndm_family != AF_INET6) return std::nullopt;
  const Attributes attributes = Attributes::of(message, sizeof(*neighbour));
  const auto address = parse_ip(neighbour->ndm_family, attributes.bytes(NDA_DST));
  const std::span<const uint8_t> times = attributes.bytes(NDA_CACHEINFO);
  nda_cacheinfo known{};
  if (!address || times.size() < sizeof(known)) return std::nullopt;
  std::memcpy(&known, times.data(), sizeof(known));
  return StaleNeighbour{static_cast<uint32_t>(neighbour->ndm_ifindex), *address, known.ndm_confirmed};
}

NlRequest use_neighbour_request(const StaleNeighbour& neighbour) {
  const ndmsg header{.ndm_family = static_cast<uint8_t>(neighbour.address.is_ipv4() ? AF_INET : AF_INET6),
                     .ndm_ifindex = static_cast<int>(neighbour.index),
                     .ndm_flags = NTF_USE};
  return NlRequest(RTM_NEWNEIGH, 0, fmt::format("have neighbour {} asked", neighbour.address.to_string()))
      .header(header)
      .bytes(NDA_DST, wire_bytes(neighbour.address));
}

Result<std::vector<StaleNeighbour>> list_stale_neighbours(RtnlSocket& rtnl) {
  return rtnl.dump(NlRequest(RTM_GETNEIGH, 0, "list the neighbours").header(ndmsg{}), parse_stale_neighbour);
}

Result<> use_neighbour(RtnlSocket& rtnl, const StaleNeighbour& neighbour) {
  TRY(rtnl.send_unless(use_neighbour_request(neighbour), {ENOENT, ENODEV}));
  return {};
}

std::vector<StaleNeighbour> oldest_of_each(std::vector<StaleNeighbour> neighbours, size_t most,
                                           const std::function<bool(uint32_t index)>& is_wanted) {
  std::ranges::stable_sort(neighbours, std::greater(), &StaleNeighbour::age);
  std::map<uint32_t, size_t> taken;
  std::erase_if(neighbours, [&](const StaleNeighbour& one) {
    return !is_wanted(one.index) || taken[one.index]++ >= most;
  });
  return neighbours;
}

}   // namespace sluice
