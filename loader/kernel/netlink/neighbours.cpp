// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/neighbours.hpp"

#include <fmt/format.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstring>

#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/attributes.hpp"

namespace sluice {

namespace {

constexpr uint16_t kUsable = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY;

std::string as_text(std::span<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

// Forwarding entries of bridges come the same way with family AF_BRIDGE and without an IP address.
bool is_next_hop(const ndmsg& neighbour) {
  return !(neighbour.ndm_flags & NTF_PROXY) && neighbour.ndm_type != RTN_MULTICAST &&
         neighbour.ndm_type != RTN_BROADCAST;
}

}   // namespace

bool NeighbourCache::learn(const nlmsghdr& message) {
  const auto* neighbour = fixed_part<ndmsg>(message);
  if (!neighbour || !is_next_hop(*neighbour)) return false;
  const Attributes attributes = Attributes::of(message, sizeof(*neighbour));
  const auto address = parse_ip(neighbour->ndm_family, attributes.bytes(NDA_DST));
  if (!address) return false;

  const Key key{neighbour->ndm_ifindex, *address};
  const bool usable = message.nlmsg_type == RTM_NEWNEIGH && (neighbour->ndm_state & kUsable);
  return usable ? remember(key, as_text(attributes.bytes(NDA_LLADDR))) : forget(key);
}

bool NeighbourCache::remember(const Key& key, std::string link_address) {
  if (const auto known = known_.find(key); known != known_.end()) {
    return std::exchange(known->second, link_address) != link_address;
  }
  if (known_.size() >= kMax) known_.clear();
  known_.emplace(key, std::move(link_address));
  return true;
}

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

ProbeRow judge_neighbours(const NeighbourTable& table) {
  const bool four = table.family == Family::kIpv4;
  ProbeRow row{fmt::format("{}-neighbours", four ? "ipv4" : "ipv6"),
               ProbeState::kGood,
               fmt::format("{} of {} neighbours", table.entries, table.most),
               "",
               "",
               ""};
  if (uint64_t{table.entries} * 4 <= uint64_t{table.most} * 3) return row;
  row.state = ProbeState::kWarning;
  row.reason = "a full table has no room for new neighbours: nobody reaches them";
  row.remedy = fmt::format(
      "see by `ip -{} neigh` whether one network is scanned; where so many hosts are there, raise "
      "net.{}.neigh.default.gc_thresh1, gc_thresh2 and gc_thresh3 in the machine's first network namespace",
      four ? 4 : 6, four ? "ipv4" : "ipv6");
  row.gain = "packets to hosts that are not known yet arrive";
  return row;
}

}   // namespace sluice
