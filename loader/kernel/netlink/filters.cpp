// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/filters.hpp"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

namespace sluice {

Result<bool> has_filters(RtnlSocket& rtnl, uint32_t index, uint32_t parent) {
  tcmsg filter{};
  filter.tcm_family = AF_UNSPEC;
  filter.tcm_ifindex = static_cast<int>(index);
  filter.tcm_parent = TC_H_MAKE(TC_H_CLSACT, parent);
  bool found = false;
  TRY(rtnl.dump_each(
      NlRequest(RTM_GETTFILTER, 0, "list tc filters").header(filter),
      [&](const nlmsghdr& message) { found = found || message.nlmsg_type == RTM_NEWTFILTER; }));
  return found;
}

}   // namespace sluice
