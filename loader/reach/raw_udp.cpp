// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/raw_udp.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <vector>

#include "reach/raw_parts.hpp"
#include "stun/message.hpp"

namespace sluice {
namespace {

constexpr size_t kShortestIp = 20;

void put_word(std::vector<uint8_t>& bytes, size_t at, uint16_t value) {
  bytes[at] = static_cast<uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<uint8_t>(value);
}

uint32_t sum_of(std::span<const uint8_t> bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) sum += word_at(bytes, i);
  return bytes.size() % 2 ? sum + (uint32_t{bytes.back()} << 8) : sum;
}

uint32_t sum_of(const IpAddress& address) { return (address.ipv4() >> 16) + (address.ipv4() & 0xffff); }

const sock_filter kStunAlone[] = {
    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),   // the length of the IP header
    BPF_STMT(BPF_LD | BPF_W | BPF_IND, kUdpHeader + stun::kMagicCookieAt),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, stun::kMagicCookie, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 2048),
    BPF_STMT(BPF_RET | BPF_K, 0),
};

sockaddr_in socket_address(const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(endpoint.address.ipv4());
  return address;   // a raw socket has no port
}

}   // namespace

Result<RawUdp> RawUdp::open() {
  UniqueFd socket(::socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
  if (!socket) return fail_errno("make a raw socket", errno);
  TRY(hear_alone(socket.get(), kStunAlone));
  return RawUdp(std::move(socket));
}

std::vector<uint8_t> udp_datagram(const Endpoint& from, const Endpoint& to,
                                  std::span<const uint8_t> payload) {
  std::vector<uint8_t> datagram(kUdpHeader + payload.size());
  std::ranges::copy(payload, datagram.begin() + kUdpHeader);
  const auto length = static_cast<uint16_t>(datagram.size());
  put_word(datagram, 0, from.port);
  put_word(datagram, 2, to.port);
  put_word(datagram, 4, length);
  uint32_t sum = sum_of(datagram) + sum_of(from.address) + sum_of(to.address) + IPPROTO_UDP + length;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  const auto checksum = static_cast<uint16_t>(~sum);
  put_word(datagram, 6, checksum ? checksum : 0xffff);
  return datagram;
}

void RawUdp::send(const Endpoint& from, const Endpoint& to, uint32_t device, std::span<const uint8_t> payload,
                  uint8_t hops) const {
  auto datagram = udp_datagram(from, to, payload);
  const sockaddr_in address = socket_address(to);
  in_pktinfo way{};
  way.ipi_ifindex = static_cast<int>(device);
  way.ipi_spec_dst.s_addr = htonl(from.address.ipv4());
  send_raw_datagram(socket_.get(), datagram,
                    {.name = &address,
                     .name_bytes = sizeof(address),
                     .level = IPPROTO_IP,
                     .type = IP_PKTINFO,
                     .control = {reinterpret_cast<const uint8_t*>(&way), sizeof(way)},
                     .hops = hops});
}

std::optional<RawDatagram> read_ipv4_datagram(std::span<const uint8_t> packet) {
  if (packet.size() < kShortestIp || packet[0] >> 4 != 4 || packet[9] != IPPROTO_UDP) return std::nullopt;
  const size_t header = size_t{packet[0] & 0xfu} * 4;
  if (header < kShortestIp || packet.size() < header + kUdpHeader) return std::nullopt;
  const auto udp = packet.subspan(header);
  const size_t length = word_at(udp, 4);
  if (length < kUdpHeader || length > udp.size()) return std::nullopt;
  const auto address_at = [&](size_t at) {
    return IpAddress::from_ipv4(uint32_t{word_at(packet, at)} << 16 | word_at(packet, at + 2));
  };
  return RawDatagram{.from = {address_at(12), word_at(udp, 0)},
                     .to = {address_at(16), word_at(udp, 2)},
                     .payload = udp.subspan(kUdpHeader, length - kUdpHeader)};
}

std::optional<RawDatagram> RawUdp::receive() {
  const ssize_t size = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
  if (size < 0) return std::nullopt;
  return read_ipv4_datagram({buffer_.data(), static_cast<size_t>(size)}).value_or(RawDatagram{});
}

}   // namespace sluice
