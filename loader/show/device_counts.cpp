// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/device_counts.hpp"

#include "kernel/netlink/links.hpp"

namespace sluice {

Result<DeviceCounts> counts_of_devices(Gateway& gateway) {
  std::map<uint32_t, std::string> names;
  for (const ObservedLink& link : TRY(list_links(gateway.rtnl()))) names[link.index] = link.name;
  DeviceCounts counts;
  for (const LinkCount& count : TRY(list_link_counts(gateway.rtnl())))
    if (const auto name = names.find(count.index); name != names.end()) counts[name->second] = count;
  return counts;
}

}   // namespace sluice
