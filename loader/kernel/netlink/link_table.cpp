// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/link_table.hpp"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "kernel/netlink/attributes.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/sysctl/sysctl.hpp"

namespace sluice {
namespace {

constexpr size_t kMostAskedOneByOne = 64;

}   // namespace

// Listens before the first list, so that nothing falls between.
Result<LinkTable> LinkTable::open() {
  MnlSocket news = TRY_TO("watch the network devices", open_rtnetlink(SOCK_NONBLOCK));
  TRY(set_netlink_option(news.get(), NETLINK_ADD_MEMBERSHIP, RTNLGRP_LINK, "NETLINK_ADD_MEMBERSHIP"));
  return LinkTable(std::move(news), TRY(RtnlSocket::open()));
}

Result<std::vector<ObservedLink>> LinkTable::list() {
  TRY(hear());
  if (!is_listed_ || touched_.size() > kMostAskedOneByOne) TRY(list_all());
  for (const uint32_t index : std::exchange(touched_, {})) TRY(look_at(index));
  std::vector<ObservedLink> links;
  links.reserve(links_.size());
  for (const auto& [index, link] : links_) links.push_back(link);
  complete_links(links);
  return links;
}

// Which devices there is news of. What was lost may have been of any.
Result<> LinkTable::hear() {
  for (;;) {
    const ssize_t size = mnl_socket_recvfrom(news_.get(), buffer_.data(), buffer_.size());
    if (size < 0 && errno == EAGAIN) return {};
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno != ENOBUFS && errno != ENOSPC)
      return fail_errno("read what changed of the network devices", errno);
    if (size < 0) {
      is_listed_ = false;
      continue;
    }
    for_each_message({buffer_.data(), static_cast<size_t>(size)}, [this](const nlmsghdr& message) {
      if (const auto* device = fixed_part<ifinfomsg>(message))
        touched_.insert(static_cast<uint32_t>(device->ifi_index));
    });
  }
}

Result<> LinkTable::list_all() {
  auto all = TRY(rtnl_.dump(links_request(), parse_link));
  links_.clear();
  for (ObservedLink& link : all) links_.insert_or_assign(link.index, std::move(link));
  touched_.clear();
  is_listed_ = true;
  return {};
}

Result<> LinkTable::look_at(uint32_t index) {
  links_.erase(index);
  const auto take = [this](const nlmsghdr& message) {
    if (auto link = parse_link(message)) links_.insert_or_assign(link->index, std::move(*link));
  };
  TRY(rtnl_.get_unless(link_request(index), {ENODEV}, take));
  return {};
}

// What is written for all, or for those to come, may be one of each.
void LinkTable::note_sysctl(std::string_view path) {
  const std::string_view name = device_of_sysctl(path);
  if (name.empty()) return;
  const auto at = std::ranges::find_if(links_, [&](const auto& row) { return row.second.name == name; });
  if (at == links_.end())
    is_listed_ = false;
  else
    touched_.insert(at->first);
}

}   // namespace sluice
