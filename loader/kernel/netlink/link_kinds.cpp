// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/link_kinds.hpp"

#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/rtnetlink.h>

#include <array>
#include <cerrno>

namespace sluice {

// A WireGuard device has no address that could be refused, but no device can be called "/".
NlRequest kind_request(std::string_view kind) {
  constexpr std::array<uint8_t, ETH_ALEN> kNobody{};
  NlRequest request =
      NlRequest(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, fmt::format("ask for {} devices", kind))
          .header(ifinfomsg{});
  auto&& impossible = kind == "wireguard" ? std::move(request).text(IFLA_IFNAME, "/")
                                          : std::move(request).bytes(IFLA_ADDRESS, kNobody);
  return std::move(impossible).nest(IFLA_LINKINFO, [&](NlRequest&& info) {
    std::move(info).text(IFLA_INFO_KIND, kind);
  });
}

Result<std::optional<std::string>> refusal_of_kind(RtnlSocket& rtnl, std::string_view kind) {
  auto answer = rtnl.send_unless(kind_request(kind), {EADDRNOTAVAIL, EINVAL, EPERM, EEXIST});
  if (answer) return std::nullopt;
  return answer.error().message;
}

}   // namespace sluice
