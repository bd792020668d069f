// SPDX-License-Identifier: GPL-2.0-or-later
// What raw sockets of both families do alike.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>

#include "base/result.hpp"

namespace sluice {

inline constexpr size_t kUdpHeader = 8;

inline uint16_t word_at(std::span<const uint8_t> bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

// Whatever else comes to this machine is not for us: only what the filter passes is copied.
Result<> hear_alone(int fd, std::span<const sock_filter> code);

// A datagram to where `name` says, with one control message. `hops`: of IPv4; 0: as many as it takes.
struct RawWay {
  const void* name;
  uint32_t name_bytes;
  int level, type;
  std::span<const uint8_t> control;
  uint8_t hops = 0;
};
void send_raw_datagram(int fd, std::span<uint8_t> datagram, const RawWay& way);

}   // namespace sluice
