// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/addresses.hpp"

#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "kernel/netlink/attributes.hpp"
#include "kernel/sysctl/sysctl.hpp"

namespace sluice {

namespace {

// Duplicate address detection keeps an IPv6 address unusable for more than a second, and can withdraw it
// after the apply was already reported as done. A gateway's own address must work at once: masquerade and
// ICMP errors use it as their source. So it is added as IPv4 addresses are, without asking the network.
constexpr uint8_t kIpv6Flags = IFA_F_NODAD;

uint32_t flags_of(const InterfaceAddress& address, bool routed) {
  return (address.address.is_ipv4() ? 0u : kIpv6Flags) | (routed ? 0u : IFA_F_NOPREFIXROUTE);
}

ifaddrmsg address_header(uint32_t index, const InterfaceAddress& address) {
  const bool ipv4 = address.address.is_ipv4();
  return {
      .ifa_family = static_cast<uint8_t>(ipv4 ? AF_INET : AF_INET6),
      .ifa_prefixlen = address.length,
      .ifa_flags = 0,   // IFA_FLAGS has room for all of them
      .ifa_scope = static_cast<uint8_t>(address.address.is_loopback() ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE),
      .ifa_index = index};
}

NlRequest address_request(uint16_t type, uint16_t flags, std::string attempt, uint32_t index,
                          const InterfaceAddress& address) {
  const auto bytes = wire_bytes(address.address);
  return NlRequest(type, flags, std::move(attempt))
      .header(address_header(index, address))
      .bytes(IFA_LOCAL, bytes)
      .bytes(IFA_ADDRESS, bytes);
}

bool has_flag(uint32_t flag, const ifaddrmsg& header, const Attributes& attributes) {
  return (attributes.u32(IFA_FLAGS).value_or(header.ifa_flags) & flag) != 0;
}

bool is_marked(const Attributes& attributes) {
  const auto protocol = attributes.bytes(IFA_PROTO);
  return !protocol.empty() && protocol.front() == kAddressProtocol;
}

// The kernel says EEXIST too when the device has the IPv6 address with another length.
Result<> check_present(RtnlSocket& rtnl, const std::string& link, uint32_t index,
                       const InterfaceAddress& address) {
  for (const LinkAddress& found : TRY(list_addresses(rtnl))) {
    if (found.index != index || found.address.address.address != address.address) continue;
    if (found.address.address.length == address.length) return {};
    return fail(fmt::format("add address {} to {}: it is there as {}; remove that one first",
                            address.to_string(), link, found.address.address.to_string()));
  }
  return fail(fmt::format("add address {} to {}: the kernel says that it exists, but does not list it",
                          address.to_string(), link));
}

}   // namespace

NlRequest addresses_request(uint32_t index) {
  return NlRequest(RTM_GETADDR, 0, "list the addresses of the network devices")
      .header(ifaddrmsg{.ifa_index = index});
}

NlRequest add_address_request(const std::string& link, uint32_t index, const InterfaceAddress& address,
                              bool routed) {
  auto attempt = fmt::format("add address {} to {}", address.to_string(), link);
  return address_request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, std::move(attempt), index, address)
      .u32(IFA_FLAGS, flags_of(address, routed))
      .u8(IFA_PROTO, kAddressProtocol);
}

NlRequest remove_address_request(const std::string& link, uint32_t index, const InterfaceAddress& address) {
  auto attempt = fmt::format("remove address {} from {}", address.to_string(), link);
  return address_request(RTM_DELADDR, 0, std::move(attempt), index, address);
}

std::optional<IpAddress> parse_ip(uint8_t family, std::span<const uint8_t> bytes) {
  if (family == AF_INET && bytes.size() == 4) {
    return IpAddress::from_ipv4_bytes({bytes[0], bytes[1], bytes[2], bytes[3]});
  }
  if (family != AF_INET6 || bytes.size() != 16) return std::nullopt;
  std::array<uint8_t, 16> sixteen;
  std::ranges::copy(bytes, sixteen.begin());
  return IpAddress::from_bytes(sixteen);
}

// On a point-to-point device IFA_ADDRESS is the peer, and IFA_LOCAL is the device's own; IPv6 leaves
// IFA_LOCAL out when there is no peer.
std::optional<LinkAddress> parse_address(const nlmsghdr& message) {
  const auto* header = fixed_part<ifaddrmsg>(message);
  if (message.nlmsg_type != RTM_NEWADDR || !header) return std::nullopt;
  const Attributes attributes = Attributes::of(message, sizeof(*header));
  const auto own = attributes.bytes(attributes.has(IFA_LOCAL) ? IFA_LOCAL : IFA_ADDRESS);
  const auto address = parse_ip(header->ifa_family, own);
  if (!address) return std::nullopt;
  return LinkAddress{header->ifa_index,
                     {{*address, header->ifa_prefixlen},
                      has_flag(IFA_F_TENTATIVE, *header, attributes),
                      !has_flag(IFA_F_NOPREFIXROUTE, *header, attributes),
                      is_marked(attributes)}};
}

Result<std::vector<LinkAddress>> list_addresses(RtnlSocket& rtnl, uint32_t index) {
  return rtnl.dump(addresses_request(index), parse_address);
}

Result<> add_address(RtnlSocket& rtnl, const std::string& link, uint32_t index,
                     const InterfaceAddress& address, bool routed) {
  if (TRY(rtnl.send_unless(add_address_request(link, index, address, routed), {EEXIST}))) return {};
  return check_present(rtnl, link, index, address);
}

Result<> remove_address(RtnlSocket& rtnl, const std::string& link, uint32_t index,
                        const InterfaceAddress& address) {
  if (index == 0) return {};
  const KeptSecondaries kept = TRY(KeptSecondaries::of(rtnl, link, index, address));
  // ENXIO: IPv6 was switched off on the device, which took its addresses.
  TRY(rtnl.send_unless(remove_address_request(link, index, address), {EADDRNOTAVAIL, ENODEV, ENXIO}));
  return {};
}

namespace {

bool shares_subnet(const InterfaceAddress& one, const InterfaceAddress& other) {
  return one.length == other.length && one.address != other.address && Prefix::of(one) == Prefix::of(other);
}

}   // namespace

Result<KeptSecondaries> KeptSecondaries::of(RtnlSocket& rtnl, const std::string& link, uint32_t index,
                                            const InterfaceAddress& address) {
  const auto beside = [&](const LinkAddress& found) {
    return found.index == index && shares_subnet(address, found.address.address);
  };
  if (!address.address.is_ipv4()) return KeptSecondaries(std::nullopt);
  if (std::ranges::none_of(TRY(list_addresses(rtnl)), beside)) return KeptSecondaries(std::nullopt);

  const std::string path = "net/ipv4/conf/" + link + "/promote_secondaries";
  if (TRY(read_sysctl(path)) != "0") return KeptSecondaries(std::nullopt);
  TRY(write_sysctl(path, "1"));
  return KeptSecondaries(path);
}

// A failure here has no one to be told to and costs nothing: the device is gone, or keeps a setting
// that only ever preserves addresses.
KeptSecondaries::~KeptSecondaries() {
  if (path_) static_cast<void>(write_sysctl(*path_, "0"));
}

}   // namespace sluice
