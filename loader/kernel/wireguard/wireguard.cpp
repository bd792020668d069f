// SPDX-License-Identifier: GPL-2.0-or-later
// Which backend has a device, and what it is told and asked.
#include "kernel/wireguard/wireguard.hpp"

#include <linux/rtnetlink.h>
#include <linux/wireguard.h>

#include <cerrno>

#include "kernel/netlink/generic.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/wireguard/messages.hpp"
#include "kernel/wireguard/uapi_socket.hpp"
#include "kernel/wireguard/uapi_text.hpp"

namespace sluice {
namespace {

// Nothing: there is no such device.
Result<std::optional<std::string>> kind_of_device(const std::string& device) {
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  std::optional<std::string> kind;
  TRY(rtnl.get_unless(NlRequest(RTM_GETLINK, 0, "look for the device " + device)
                          .header(ifinfomsg{})
                          .text(IFLA_IFNAME, device),
                      {ENODEV}, [&](const nlmsghdr& message) {
                        if (auto link = parse_link(message)) kind = std::move(link->kind);
                      }));
  return kind;
}

// The kernel's WireGuard, and its number.
struct KernelTunnels {
  RtnlSocket generic;
  uint16_t family;

  static Result<KernelTunnels> open() {
    RtnlSocket generic = TRY(RtnlSocket::open_generic());
    const auto family = TRY(find_family(generic, WG_GENL_NAME));
    if (!family) return fail("this kernel has no WireGuard");
    return KernelTunnels{std::move(generic), *family};
  }
};

Result<std::optional<ObservedTunnel>> read_of_kernel(const std::string& device) {
  auto kernel = TRY(KernelTunnels::open());
  auto parts = kernel.generic.dump(tunnel_request(kernel.family, device), parse_tunnel_part);
  if (parts) return merge_tunnel_parts(std::move(*parts));
  if (!TRY(kind_of_device(device))) return std::nullopt;   // it went while it was looked at
  return std::unexpected(parts.error());
}

Result<> change_of_kernel(const std::string& device, const TunnelChange& change) {
  auto kernel = TRY(KernelTunnels::open());
  for (NlRequest& request : tunnel_change_requests(kernel.family, device, change))
    TRY(kernel.generic.send(std::move(request)));
  return {};
}

Result<std::optional<ObservedTunnel>> read_of_userspace(const std::string& device) {
  const auto answer = TRY(ask_userspace_tunnel(device, kTunnelQuestion));
  if (!answer) return std::nullopt;
  return TRY(parse_tunnel_text(*answer));
}

Result<> change_of_userspace(const std::string& device, const TunnelChange& change) {
  const auto answer = TRY(ask_userspace_tunnel(device, tunnel_change_text(change)));
  if (!answer) return fail("nobody listens on " + tunnel_socket(device));
  return parse_tunnel_verdict(*answer);
}

}   // namespace

Result<std::optional<ObservedTunnel>> read_tunnel(const std::string& device) {
  if (!is_tunnel_name(device)) return std::nullopt;
  const auto kind = TRY(kind_of_device(device));
  if (!kind) return std::nullopt;
  if (*kind == "wireguard") return read_of_kernel(device);
  if (*kind != "tun") return std::nullopt;
  return TRY_TO("look at the tunnel " + device, read_of_userspace(device));
}

Result<> change_tunnel(const std::string& device, const TunnelChange& change) {
  const std::string doing = "change the tunnel " + device;
  if (!is_tunnel_name(device)) return fail(doing + ": that is no name for a tunnel");
  const auto kind = TRY(kind_of_device(device));
  if (!kind) return fail(doing + ": it is not there");
  if (change.empty()) return {};
  if (*kind == "wireguard") return change_of_kernel(device, change);
  TRY_TO(doing, change_of_userspace(device, change));
  return {};
}

}   // namespace sluice
