// SPDX-License-Identifier: GPL-2.0-or-later
// Queues of devices: hierarchical token buckets (tc-htb(8)) that sluice puts there, known by their number.
// Queue disciplines of others are listed and never touched.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/netlink/socket.hpp"
#include "model/queues.hpp"

namespace sluice {

struct DeviceQueues {
  std::map<uint32_t, Queues> own;          // by number of the device
  std::map<uint32_t, std::string> other;   // chosen by somebody else, not by the kernel: "cake 8001:"
};

Result<DeviceQueues> list_queues(RtnlSocket& rtnl);
// What each class of sluice's has done; `link` is left empty.
Result<std::vector<QueueCount>> count_queues(RtnlSocket& rtnl, uint32_t index);

// From what was there to what is wanted: classes that stay keep what waits in them. A failure leaves what was
// there, as far as the kernel lets.
Result<> put_queues(RtnlSocket& rtnl, const std::string& link, uint32_t index, const Queues& queues,
                    const std::optional<Queues>& previous);
// What is gone already is success.
Result<> remove_queues(RtnlSocket& rtnl, const std::string& link, uint32_t index);

// Pure parts.
NlRequest add_tree_request(const std::string& link, uint32_t index);
NlRequest put_class_request(const std::string& link, uint32_t index, const QueueClass& one);
NlRequest remove_class_request(const std::string& link, uint32_t index, uint16_t number);

// A queue discipline that is a device's whole.
struct RootQueue {
  uint32_t index = 0;
  bool own = false;
  std::string other;   // "cake 8001:"; empty: sluice's, or the kernel's own choice
};
std::optional<RootQueue> parse_root(const nlmsghdr& message);   // nullopt: something else, or cut
std::optional<QueueClass> parse_class(const nlmsghdr& message);
std::optional<QueueCount> parse_count(const nlmsghdr& message);

}   // namespace sluice
