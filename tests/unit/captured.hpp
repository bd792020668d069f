// SPDX-License-Identifier: GPL-2.0-or-later
// Packets as a capture has them: records of the packet path, and frames.
#pragma once

#include <gtest/gtest.h>
#include <linux/if_ether.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "capture/order.hpp"
#include "capture/record.hpp"
#include "capture/shapes.hpp"
#include "maps/counters.h"
#include "maps/explained.h"
#include "maps/flow.h"

namespace sluice::test {

// A datagram of IPv4 with these last bytes of its addresses, and these ports, behind a link header of zeros.
inline std::vector<std::byte> datagram(int source, int destination, uint8_t port) {
  std::vector<std::byte> frame(ETH_HLEN + 20 + 8);
  frame[12] = std::byte{0x08};
  std::byte* ip = frame.data() + ETH_HLEN;
  ip[0] = std::byte{0x45};
  ip[3] = std::byte{28};
  ip[8] = std::byte{64};
  ip[9] = std::byte{17};
  for (const int at : {12, 16}) {
    ip[at] = std::byte{192};
    ip[at + 2] = std::byte{2};
  }
  ip[15] = std::byte(source);
  ip[19] = std::byte(destination);
  ip[23] = std::byte{port};
  return frame;
}

inline std::vector<std::byte> sample_of(sl_captured record, const std::vector<std::byte>& frame) {
  record.length = static_cast<uint32_t>(frame.size());
  record.copied = record.length;
  std::vector<std::byte> sample(sizeof(record) + frame.size() + 4);   // rings pad
  std::memcpy(sample.data(), &record, sizeof(record));
  std::copy(frame.begin(), frame.end(), sample.begin() + sizeof(record));
  return sample;
}

inline sl_captured came(uint64_t packet) {
  return {.packet = packet, .time = packet, .ifindex = 2, .point = SL_CAPTURED_IN, .hook = SL_CAPTURED_TC};
}

inline sl_captured left(uint64_t packet) {
  return {.packet = packet,
          .time = packet + 1,
          .ifindex = 3,
          .policy = 10,
          .nat = 11,
          .ifindex_in = 2,
          .ifindex_to = 3,
          .zone = 1,
          .zone_out = 2,
          .l3_off = ETH_HLEN,
          .flags = SL_FLOW_LINK | SL_FLOW_RESOLVED,
          .point = SL_CAPTURED_OUT,
          .hook = SL_CAPTURED_TC,
          .verdict = SL_V_FORWARDED,
          .asked = SL_ASKED_LIMITS};
}

inline CaptureNames captured_home() {
  return {.devices = {{2, {"lan", "lan", 1500, true}},
                      {3, {"wan", "internet", 1492, true}},
                      {4, {"wg0", "vpn", 1420, false}}},
          .rules = {{10, {"policy", "lan-out", 14}}, {11, {"masquerade", "out", 0}}},
          .zones = {"host", "lan", "internet"},
          .vrfs = {{0, "main"}},
          .file = "home.json"};
}

class Captured : public testing::Test {
 protected:
  CapturedPacket pair(const sl_captured& in, const std::vector<std::byte>& frame_in, const sl_captured& out,
                      const std::vector<std::byte>& frame_out) {
    EXPECT_TRUE(read_captured(sample_of(in, frame_in), in_));
    EXPECT_TRUE(read_captured(sample_of(out, frame_out), out_));
    return {in_, out_};
  }
  std::vector<CapturedShape> shapes(const CapturedPacket& packet) {
    std::vector<CapturedShape> found;
    find_shapes(packet, captured_home(), found);
    return found;
  }

  CapturedFrame in_, out_;
};

}   // namespace sluice::test
