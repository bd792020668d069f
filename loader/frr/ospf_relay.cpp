// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/ospf_relay.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace sluice {
namespace {

constexpr int kOspf = 89;
constexpr const char* kAllRouters = "224.0.0.5";   // RFC 2328 appendix A.1
constexpr size_t kLargestRead = 65536;
constexpr int kMostAtOnce = 64;

uint32_t bytes_of(const char* address) {
  in_addr bytes{};
  ::inet_pton(AF_INET, address, &bytes);
  return bytes.s_addr;
}

uint32_t bytes_of(const IpAddress& address) { return bytes_of(address.to_string().c_str()); }

ifreq named(std::string_view device) {
  ifreq request{};
  device.copy(request.ifr_name, IFNAMSIZ - 1);
  return request;
}

// Its header, if it is a packet of OSPF that is there as a whole.
iphdr* header_of(std::array<char, kLargestRead>& packet, ssize_t size) {
  auto* header = reinterpret_cast<iphdr*>(packet.data());
  if (size < static_cast<ssize_t>(sizeof(iphdr)) || header->version != 4 || header->protocol != kOspf)
    return nullptr;
  return header;
}

template <class Value>
bool set_option(int fd, int level, int option, const Value& value) {
  return ::setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

}   // namespace

Result<OspfRelay> OspfRelay::open(const std::string& device, const IpAddress& own, const IpAddress& site) {
  UniqueFd tunnel(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, kOspf));
  if (!tunnel) return fail_errno("open a socket for OSPF", errno);
  ifreq request = named(device);
  if (::ioctl(tunnel.get(), SIOCGIFMTU, &request) != 0)
    return fail_errno("ask for the MTU of " + device, errno);
  const auto mtu = static_cast<uint32_t>(request.ifr_mtu);
  ip_mreqn group{};
  group.imr_multiaddr.s_addr = bytes_of(kAllRouters);
  group.imr_ifindex = static_cast<int>(::if_nametoindex(device.c_str()));
  if (::setsockopt(tunnel.get(), SOL_SOCKET, SO_BINDTODEVICE, device.data(),
                   static_cast<socklen_t>(device.size())) != 0 ||
      !set_option(tunnel.get(), IPPROTO_IP, IP_HDRINCL, 1) ||
      !set_option(tunnel.get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, group))
    return fail_errno("listen to OSPF at " + device, errno);
  return OspfRelay(std::move(tunnel), bytes_of(own), bytes_of(site), mtu);
}

Result<> OspfRelay::make_device(std::string_view name) {
  device_.reset(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!device_) return fail_errno("open /dev/net/tun", errno);
  ifreq request = named(name);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (::ioctl(device_.get(), TUNSETIFF, &request) == 0) return {};
  return fail_errno(fmt::format("make the device {}", name), errno);
}

void OspfRelay::carry_in() {
  std::array<char, kLargestRead> packet;
  for (int i = 0; i < kMostAtOnce; ++i) {
    const ssize_t size = ::recv(tunnel_.get(), packet.data(), packet.size(), 0);
    if (size < 0) return;
    const iphdr* header = header_of(packet, size);
    if (!header || header->saddr != site_ ||
        (header->daddr != own_ && header->daddr != bytes_of(kAllRouters)))
      continue;
    if (::write(device_.get(), packet.data(), static_cast<size_t>(size)) < 0) return;
  }
}

Result<> OspfRelay::carry_out() {
  std::array<char, kLargestRead> packet;
  for (int i = 0; i < kMostAtOnce; ++i) {
    const ssize_t size = ::read(device_.get(), packet.data(), packet.size());
    if (size < 0) return {};
    iphdr* header = header_of(packet, size);
    if (!header || header->saddr != own_ ||
        (header->daddr != site_ && header->daddr != bytes_of(kAllRouters)))
      continue;
    header->daddr = site_;   // the kernel makes the checksum anew
    sockaddr_in to{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {site_}, .sin_zero = {}};
    if (::sendto(tunnel_.get(), packet.data(), static_cast<size_t>(size), 0, reinterpret_cast<sockaddr*>(&to),
                 sizeof(to)) < 0 &&
        (errno == ENODEV || errno == ENXIO))
      return fail("its tunnel is gone");
    // Whatever else went wrong: OSPF sends it again.
  }
  return {};
}

}   // namespace sluice
