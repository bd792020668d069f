// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/neighbour_tables.hpp"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstring>

#include "kernel/netlink/attributes.hpp"

namespace sluice {

NlRequest neighbour_tables_request() {
  return NlRequest(RTM_GETNEIGHTBL, 0, "list the tables of neighbours").header(ndtmsg{});
}

std::optional<NeighbourTable> parse_neighbour_table(const nlmsghdr& message) {
  const auto* table = fixed_part<ndtmsg>(message);
  if (message.nlmsg_type != RTM_NEWNEIGHTBL || !table) return std::nullopt;
  if (table->ndtm_family != AF_INET && table->ndtm_family != AF_INET6) return std::nullopt;
  const Attributes attributes = Attributes::of(message, sizeof(*table));
  const auto most = attributes.u32(NDTA_THRESH3);
  const std::span<const uint8_t> about = attributes.bytes(NDTA_CONFIG);
  ndt_config counts{};
  if (!most || about.size() < sizeof(counts)) return std::nullopt;
  std::memcpy(&counts, about.data(), sizeof(counts));
  return NeighbourTable{table->ndtm_family == AF_INET ? Family::kIpv4 : Family::kIpv6, counts.ndtc_entries,
                        *most};
}

Result<std::vector<NeighbourTable>> list_neighbour_tables(RtnlSocket& rtnl) {
  return rtnl.dump(neighbour_tables_request(), parse_neighbour_table);
}

}   // namespace sluice
