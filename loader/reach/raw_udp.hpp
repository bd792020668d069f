// SPDX-License-Identifier: GPL-2.0-or-later
// Datagrams of STUN from and to ports that somebody else has: the kernel's WireGuard. A raw socket sends them
// with that port as their source, and is given a copy of what has passed the gateway's own rules. WireGuard
// ignores what is none of its messages. IPv4.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "model/address.hpp"

namespace sluice {

struct RawDatagram {
  Endpoint from, to;
  std::span<const uint8_t> payload;   // of the buffer that it was read into
};

class RawUdp {
 public:
  // Needs CAP_NET_RAW, and nothing that comes after does. It does not block.
  static Result<RawUdp> open();

  int fd() const { return socket_.get(); }
  // By the device of this number; 0: where the route leads. `hops`: after so many it is dropped; 0: as far as
  // it takes. What cannot be sent is lost.
  void send(const Endpoint& from, const Endpoint& to, uint32_t device, std::span<const uint8_t> payload,
            uint8_t hops = 0) const;
  // What waits; nothing: that is all. What is no datagram has an empty payload.
  std::optional<RawDatagram> receive();

 private:
  explicit RawUdp(UniqueFd socket) : socket_(std::move(socket)) {}

  UniqueFd socket_;
  std::array<uint8_t, 2048> buffer_{};
};

// Of the bytes of an IP packet. Pure.
std::optional<RawDatagram> read_ipv4_datagram(std::span<const uint8_t> packet);
// The header of UDP with its checksum (RFC 768) and the payload. Pure.
std::vector<uint8_t> udp_datagram(const Endpoint& from, const Endpoint& to, std::span<const uint8_t> payload);

}   // namespace sluice
