// SPDX-License-Identifier: GPL-2.0-or-later
// What network devices have carried, as the kernel counts it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernel/netlink/socket.hpp"

namespace sluice {

// Bytes with their Ethernet headers.
struct LinkCount {
  uint32_t index = 0;   // of the device
  uint64_t received_packets = 0, received_bytes = 0, sent_packets = 0, sent_bytes = 0;
  uint64_t received_errors = 0, sent_errors = 0;

  uint64_t errors() const { return received_errors + sent_errors; }
};

Result<std::vector<LinkCount>> list_link_counts(RtnlSocket& rtnl);
std::optional<LinkCount> parse_link_count(const nlmsghdr& message);   // RTM_NEWLINK; nullopt: it has none

}   // namespace sluice
