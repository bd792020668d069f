// SPDX-License-Identifier: GPL-2.0-or-later
// The devices of this network namespace, for whoever looks at them several times while he changes some:
// listed once, and then by what the kernel tells of each. A list of all asks, for each pair into another
// namespace, all namespaces there are: of a thousand it takes 20 ms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "kernel/netlink/socket.hpp"
#include "model/observed.hpp"

namespace sluice {

// One thread at a time.
class LinkTable {
 public:
  static Result<LinkTable> open();   // begins to listen; needs no privilege

  // As list_links() would answer now, but for settings below /proc/sys that others wrote since the first
  // list: the kernel tells of few of them.
  Result<std::vector<ObservedLink>> list();
  // This setting was written by this process.
  void note_sysctl(std::string_view path);

 private:
  LinkTable(MnlSocket news, RtnlSocket rtnl)
      : news_(std::move(news)), rtnl_(std::move(rtnl)), buffer_(kNetlinkBuffer) {}
  Result<> hear();
  Result<> list_all();
  Result<> look_at(uint32_t index);

  MnlSocket news_;
  RtnlSocket rtnl_;
  std::vector<std::byte> buffer_;
  std::map<uint32_t, ObservedLink> links_;   // by number, as parse_link() makes them
  std::set<uint32_t> touched_;               // of which there is news
  bool is_listed_ = false;
};

}   // namespace sluice
