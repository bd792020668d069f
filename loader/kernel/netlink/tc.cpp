// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/tc.hpp"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <cerrno>
#include <limits>

#include "kernel/netlink/socket.hpp"

namespace sluice {
namespace {

constexpr uint32_t kMark = 0x51;   // number of the chain

tcmsg place_in_clsact(uint32_t index, uint32_t parent) {
  tcmsg place{};
  place.tcm_family = AF_UNSPEC;
  place.tcm_ifindex = static_cast<int>(index);
  place.tcm_parent = TC_H_MAKE(TC_H_CLSACT, parent);
  return place;
}

}   // namespace

Result<bool> has_filters(RtnlSocket& rtnl, uint32_t index, uint32_t parent) {
  bool found = false;
  TRY(rtnl.dump_each(
      NlRequest(RTM_GETTFILTER, 0, "list tc filters").header(place_in_clsact(index, parent)),
      [&](const nlmsghdr& message) { found = found || message.nlmsg_type == RTM_NEWTFILTER; }));
  return found;
}

Result<> mark_clsact(RtnlSocket& rtnl, const std::string& link, uint32_t index) {
  TRY(rtnl.send_unless(NlRequest(RTM_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL, "mark clsact of " + link)
                           .header(place_in_clsact(index, TC_H_MIN_INGRESS))
                           .u32(TCA_CHAIN, kMark),
                       {EEXIST}));
  return {};
}

Result<bool> take_mark_off_clsact(RtnlSocket& rtnl, const std::string& link, uint32_t index) {
  return rtnl.send_unless(
      NlRequest(RTM_DELCHAIN, 0, "take the mark off clsact of " + link)
          .header(place_in_clsact(index, TC_H_MIN_INGRESS))
          .u32(TCA_CHAIN, kMark),
      {EINVAL, ENOENT, ENODEV});   // of an absent chain, or clsact, the kernel says EINVAL
}

namespace {

// The kernel asks for the privilege first and for the device after that: ENODEV is what is hoped for.
Result<> ask_about_no_device() {
  tcmsg place{};
  place.tcm_family = AF_UNSPEC;
  place.tcm_ifindex = std::numeric_limits<int>::max();
  place.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
  place.tcm_parent = TC_H_CLSACT;
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  TRY(rtnl.send_unless(NlRequest(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, "change what tc does")
                           .header(place)
                           .text(TCA_KIND, "clsact"),
                       {ENODEV}));
  return {};
}

}   // namespace

ProbeRow probe_tc_change() {
  const Result<> answer = ask_about_no_device();
  if (answer)
    return {"tc-hook",
            ProbeState::kGood,
            "tc may be changed in this network namespace; programs are attached as filters (clsact)",
            "",
            "",
            ""};
  return {"tc-hook",
          ProbeState::kBad,
          answer.error().message,
          "this process lacks CAP_NET_ADMIN in its network namespace",
          "run as root, or give the service CAP_NET_ADMIN",
          "the eBPF engine can attach its programs to devices"};
}

}   // namespace sluice
