// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/link_counts.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "kernel/netlink/attributes.hpp"

namespace sluice {

std::optional<LinkCount> parse_link_count(const nlmsghdr& message) {
  const auto* device = fixed_part<ifinfomsg>(message);
  if (message.nlmsg_type != RTM_NEWLINK || !device) return std::nullopt;
  const auto bytes = Attributes::of(message, sizeof(*device)).bytes(IFLA_STATS64);
  rtnl_link_stats64 counts{};
  // Newer kernels have more of them, older ones fewer.
  if (bytes.size() < offsetof(rtnl_link_stats64, rx_dropped)) return std::nullopt;
  std::memcpy(&counts, bytes.data(), std::min(bytes.size(), sizeof(counts)));
  return LinkCount{.index = static_cast<uint32_t>(device->ifi_index),
                   .received_packets = counts.rx_packets,
                   .received_bytes = counts.rx_bytes,
                   .sent_packets = counts.tx_packets,
                   .sent_bytes = counts.tx_bytes,
                   .received_errors = counts.rx_errors,
                   .sent_errors = counts.tx_errors};
}

Result<std::vector<LinkCount>> list_link_counts(RtnlSocket& rtnl) {
  return rtnl.dump(NlRequest(RTM_GETLINK, 0, "list the counters of the network devices").header(ifinfomsg{}),
                   parse_link_count);
}

}   // namespace sluice
