// SPDX-License-Identifier: GPL-2.0-or-later
// Datagrams of WireGuard in a stream: two bytes of length, in network byte order, before each. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace sluice {

inline constexpr size_t kLongestCarried = 16'384, kShortestCarried = 32;   // an empty message of data

// Whether it has the form of a message of WireGuard: a type of four, and three zeros.
bool is_wireguard_message(std::span<const uint8_t> datagram);
// Only those that have the session's or the handshake's keys answer by these: a response, or data.
bool is_wireguard_answer(std::span<const uint8_t> datagram);

// `datagram` is neither shorter nor longer than above.
void append_carried(std::vector<uint8_t>& stream, std::span<const uint8_t> datagram);

class CarriedReader {
 public:
  using Heed = std::function<void(std::span<const uint8_t> datagram)>;
  // What has come next; `heed` is given each datagram that is whole then. False: that is no such stream, and
  // nothing more is read of it.
  bool read(std::span<const uint8_t> bytes, const Heed& heed);

 private:
  std::vector<uint8_t> held_;   // the beginning of a datagram, with its length
};

}   // namespace sluice
