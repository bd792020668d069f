// SPDX-License-Identifier: GPL-2.0-or-later
// What raw_udp.hpp does, for IPv6.
#pragma once

#include "reach/raw_udp.hpp"

namespace sluice {

class RawUdp6 {
 public:
  // Needs CAP_NET_RAW, and nothing that comes after does. It does not block.
  static Result<RawUdp6> open();

  int fd() const { return socket_.get(); }
  // By the device of this number; 0: where the route leads. What cannot be sent is lost.
  void send(const Endpoint& from, const Endpoint& to, uint32_t device,
            std::span<const uint8_t> payload) const;
  // What waits; nothing: that is all. What is no datagram has an empty payload.
  std::optional<RawDatagram> receive();

 private:
  explicit RawUdp6(UniqueFd socket) : socket_(std::move(socket)) {}

  UniqueFd socket_;
  std::array<uint8_t, 2048> buffer_{};
};

}   // namespace sluice
