// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/wireguard/handshake_ear.hpp"

#include <linux/filter.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "kernel/wireguard/raw_socket.hpp"

namespace sluice {
namespace {

constexpr uint32_t kTypeInitiation = 1, kTypeResponse = 2;   // WireGuard, sections 5.4.2 and 5.4.3
constexpr uint32_t kUdpHeader = 8, kUdpDestination = 2;
constexpr uint32_t kWholePacket = 0xffff'ffff;
constexpr int kMostAtOnce = 1024;   // nobody who floods the port keeps the daemon here

sock_filter op(uint16_t code, uint32_t k, uint8_t if_true = 0, uint8_t if_false = 0) {
  return {code, if_true, if_false, k};
}

// A raw socket of IPv4 sees the packet with its header, whose length goes into X; one of IPv6 sees the
// datagram alone, and X is 0.
std::vector<sock_filter> filter_of(IpFamily family, const std::vector<uint16_t>& ports) {
  std::vector<sock_filter> program;
  if (family == IpFamily::kIpv4)
    program.push_back(op(BPF_LDX | BPF_B | BPF_MSH, 0));
  else
    program.push_back(op(BPF_LDX | BPF_IMM, 0));
  program.push_back(op(BPF_LD | BPF_B | BPF_IND, kUdpHeader));
  program.push_back(op(BPF_JMP | BPF_JEQ | BPF_K, kTypeInitiation, 2, 0));
  program.push_back(op(BPF_JMP | BPF_JEQ | BPF_K, kTypeResponse, 1, 0));
  program.push_back(op(BPF_RET | BPF_K, 0));
  program.push_back(op(BPF_LD | BPF_H | BPF_IND, kUdpDestination));
  for (const uint16_t port : ports) {
    program.push_back(op(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1));
    program.push_back(op(BPF_RET | BPF_K, kWholePacket));
  }
  program.push_back(op(BPF_RET | BPF_K, 0));
  return program;
}

}   // namespace

Result<UniqueFd> open_handshake_ear(IpFamily family, const std::vector<uint16_t>& ports) {
  UniqueFd fd = TRY_TO("hear handshakes of WireGuard", get_raw_socket(family));
  std::vector<sock_filter> program = filter_of(family, ports);
  const sock_fprog attached{static_cast<unsigned short>(program.size()), program.data()};
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof(attached)) != 0)
    return fail_errno("hear handshakes of WireGuard alone", errno);
  drain_handshake_ear(fd.get());   // what came before the filter was there
  return fd;
}

void drain_handshake_ear(int fd) {
  std::array<std::byte, 1> nothing{};
  for (int i = 0; i < kMostAtOnce; ++i)
    if (::recv(fd, nothing.data(), nothing.size(), 0) < 0) return;
}

}   // namespace sluice
