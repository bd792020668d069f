// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/nft/nft_monitor.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "kernel/netlink/attributes.hpp"

namespace sluice {
namespace {

// The attribute 1 of every message of nf_tables that belongs to a table is the table's name.
constexpr uint16_t kTableName = 1;
static_assert(NFTA_TABLE_NAME == kTableName && NFTA_CHAIN_TABLE == kTableName &&
              NFTA_RULE_TABLE == kTableName && NFTA_SET_TABLE == kTableName &&
              NFTA_SET_ELEM_LIST_TABLE == kTableName && NFTA_OBJ_TABLE == kTableName);

bool is_about_sluice(const nlmsghdr& message) {
  if (message.nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES || (message.nlmsg_type & 0xff) == NFT_MSG_NEWGEN)
    return false;
  const auto* fixed = fixed_part<nfgenmsg>(message);
  if (!fixed || fixed->nfgen_family != NFPROTO_INET) return false;
  return Attributes::of(message, sizeof(nfgenmsg)).text(kTableName) == "sluice";
}

}   // namespace

Result<NftMonitor> NftMonitor::open() {
  MnlSocket socket(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return fail_errno("watch nftables", errno);
  if (mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) return fail_errno("watch nftables", errno);
  NftMonitor monitor(std::move(socket));
  TRY(monitor.listen());
  return monitor;
}

Result<> NftMonitor::stop_listening() {
  TRY(set_netlink_option(socket_.get(), NETLINK_DROP_MEMBERSHIP, NFNLGRP_NFTABLES,
                         "NETLINK_DROP_MEMBERSHIP"));
  TRY(drain());
  return {};
}

Result<> NftMonitor::listen() {
  return set_netlink_option(socket_.get(), NETLINK_ADD_MEMBERSHIP, NFNLGRP_NFTABLES,
                            "NETLINK_ADD_MEMBERSHIP");
}

Result<bool> NftMonitor::drain() {
  bool touched = false;
  for (;;) {
    const ssize_t size = mnl_socket_recvfrom(socket_.get(), buffer_.data(), buffer_.size());
    if (size >= 0) {
      for_each_message({buffer_.data(), static_cast<size_t>(size)},
                       [&](const nlmsghdr& message) { touched |= is_about_sluice(message); });
    } else if (errno == ENOBUFS || errno == ENOSPC) {
      touched = true;   // something was dropped or does not fit
    } else if (errno == EAGAIN) {
      return touched;
    } else if (errno != EINTR) {
      return fail_errno("read what changed in nftables", errno);
    }
  }
}

}   // namespace sluice
