// SPDX-License-Identifier: GPL-2.0-or-later
// A netlink request under construction. Making one is pure: nothing is sent before RtnlSocket gets it.
//
//   NlRequest(RTM_NEWLINK, NLM_F_CREATE, "create VRF office with table 100")
//       .header(ifinfomsg{})
//       .text(IFLA_IFNAME, "office")
//       .nest(IFLA_LINKINFO, [&](NlRequest&& info) {
//         std::move(info).text(IFLA_INFO_KIND, "vrf").nest(...);
//       });
#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

class NlRequest {
 public:
  // `attempt` is what a failure will be told as: "add address 192.0.2.1/24 to eth1". NLM_F_REQUEST is
  // understood; the socket adds NLM_F_ACK or NLM_F_DUMP and the sequence number.
  NlRequest(uint16_t type, uint16_t flags, std::string attempt);

  // The fixed part (ifinfomsg, ifaddrmsg, ...): once, before the first attribute.
  template <class T>
  NlRequest&& header(const T& fixed) && {
    static_assert(std::is_trivially_copyable_v<T>);
    put_header(&fixed, sizeof(fixed));
    return std::move(*this);
  }

  NlRequest&& u8(uint16_t type, uint8_t value) &&;
  NlRequest&& u16(uint16_t type, uint16_t value) &&;   // host byte order, as the next
  NlRequest&& u32(uint16_t type, uint32_t value) &&;
  NlRequest&& text(uint16_t type, std::string_view value) &&;            // with its final NUL
  NlRequest&& bytes(uint16_t type, std::span<const uint8_t> value) &&;   // as they are

  // `fill` gets this request as an rvalue and adds what belongs inside; the attribute cannot stay open.
  template <class Fill>
  NlRequest&& nest(uint16_t type, Fill&& fill) && {
    const size_t start = open_nest(type);
    std::forward<Fill>(fill)(std::move(*this));
    close_nest(start);
    return std::move(*this);
  }

  std::span<const std::byte> bytes() const;
  const std::string& attempt() const { return attempt_; }
  // An attribute's length field has 16 bits; a request with a longer value is never sent.
  bool too_long() const { return too_long_; }

  void stamp(uint32_t sequence, uint16_t more_flags);   // for the socket

 private:
  nlmsghdr* message();
  void put_header(const void* data, size_t size);
  NlRequest&& put(uint16_t type, const void* data, size_t size);
  void make_room(size_t size);
  size_t open_nest(uint16_t type);
  void close_nest(size_t start);

  std::vector<std::byte> buffer_;   // operator new aligns it for nlmsghdr
  std::string attempt_;
  bool too_long_ = false;
};

}   // namespace sluice
