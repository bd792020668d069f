// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/neighbours.hpp"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

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

}   // namespace sluice
