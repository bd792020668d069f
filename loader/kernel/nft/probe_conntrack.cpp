// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/nft/probe_conntrack.hpp"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <cerrno>
#include <cstring>

#include "kernel/nft/ask_netfilter.hpp"
#include "kernel/sysctl/sysctl.hpp"

namespace sluice {
namespace {

constexpr std::string_view kConntrackGain = "the nftables engine can show flows, end them and take them over";

std::string remedy_for(int error) {
  if (error == EPERM) return "run as root, or give the service CAP_NET_ADMIN";
  return "use a kernel with CONFIG_NF_CT_NETLINK (module nf_conntrack_netlink), as Debian's are";
}

}   // namespace

ProbeRow probe_ctnetlink() {
  const int error = ask_netfilter(NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET_STATS);
  if (!error) return {"conntrack", ProbeState::kGood, "the connection tracker answers", "", "", ""};
  return {"conntrack",          ProbeState::kBad,  "ask the connection tracker for its flows (ctnetlink)",
          std::strerror(error), remedy_for(error), std::string(kConntrackGain)};
}

ProbeRow probe_accounting() {
  const auto setting = read_sysctl("net/netfilter/nf_conntrack_acct");
  if (setting && *setting)
    return {"conntrack-counters",
            ProbeState::kGood,
            **setting == "0" ? "flows can be counted; sluice switches it on" : "flows are counted",
            "",
            "",
            ""};
  return {"conntrack-counters",
          ProbeState::kWarning,
          "net.netfilter.nf_conntrack_acct is not there",
          "the connection tracker is not loaded, or cannot count",
          "modprobe nf_conntrack",
          "packets and bytes of each flow in `sluice show flows`"};
}

}   // namespace sluice
