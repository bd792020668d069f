// SPDX-License-Identifier: GPL-2.0-or-later
// Netlink messages for tests: requests read as if the kernel had sent them, and links to test with.
#pragma once

#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/netlink/request.hpp"

namespace sluice::test {

// A message in memory of its own, so that a sanitizer sees any access behind its end.
class Message {
 public:
  explicit Message(const NlRequest& request) : Message(request, request.bytes().size()) {}
  // Cut to `size` bytes, with a header that says so.
  Message(const NlRequest& request, size_t size) : bytes_(size) {
    std::memcpy(bytes_.data(), request.bytes().data(), size);
    if (size >= sizeof(nlmsghdr)) header().nlmsg_len = static_cast<uint32_t>(size);
  }
  nlmsghdr& header() { return *reinterpret_cast<nlmsghdr*>(bytes_.data()); }
  const nlmsghdr& operator*() const { return *reinterpret_cast<const nlmsghdr*>(bytes_.data()); }

 private:
  std::vector<std::byte> bytes_;
};

// Calls `read` with the message cut at every length that still holds a header.
template <class Read>
void cut_at_every_byte(const NlRequest& request, Read&& read) {
  for (size_t size = sizeof(nlmsghdr); size <= request.bytes().size(); ++size) read(*Message(request, size));
}

inline NlRequest veth_pair_request(std::string_view name, std::string_view peer) {
  return NlRequest(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "create a veth pair")
      .header(ifinfomsg{})
      .text(IFLA_IFNAME, name)
      .nest(IFLA_LINKINFO, [&](NlRequest&& info) {
        std::move(info).text(IFLA_INFO_KIND, "veth").nest(IFLA_INFO_DATA, [&](NlRequest&& data) {
          std::move(data).nest(VETH_INFO_PEER, [&](NlRequest&& other) {
            std::move(other).header(ifinfomsg{}).text(IFLA_IFNAME, peer);
          });
        });
      });
}

}   // namespace sluice::test
