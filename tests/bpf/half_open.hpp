// SPDX-License-Identifier: GPL-2.0-or-later
// A forward from 203.0.113.1:80 to 192.168.10.2:80 with room for eight half-open connections, and clients at
// 198.51.100.7, one for each port.
#pragma once

#include "support/bpf_test.hpp"

namespace sluice::test {

class HalfOpen : public HookTest {
 protected:
  static constexpr uint32_t kLimit = 8;
  static constexpr auto kRefused = "dropped: TARGET_HALF_OPEN";
  static constexpr auto kForwards = R"(
      { "name": "web", "listen": "203.0.113.1", "protocol": ["tcp", "udp"], "ports": [80, 81],
        "to": "192.168.10.2", "half_open": 8 },
      { "name": "also-web", "listen": "203.0.113.1", "ports": 85, "to": "192.168.10.2:80", "half_open": 4 },
      { "name": "free", "listen": "203.0.113.1", "ports": 90, "to": "192.168.10.2:80" },
      { "name": "web6", "listen": "2001:db8:f::1", "ports": 80, "to": "[2001:db8:20::2]:80", "half_open": 8 })";

  HalfOpen() { use_forwards(kForwards); }

  void use_forwards(const std::string& forwards) {
    rules_.forwards = forwards;
    lab.apply(document());
  }
  std::string document() const { return document_of(rules_); }
  Layers from_client(uint16_t port, uint8_t flags) const {
    return Ip4{.src = kFar, .dst = kWanAddress} / Tcp{.sport = port,
                                                      .dport = 80,
                                                      .seq = flags & kSyn ? 1000u : 1001u,
                                                      .ack = flags & kAck ? 9001u : 0,
                                                      .flags = flags};
  }
  Layers from_server(uint16_t port, uint8_t flags, uint32_t seq) const {
    return Ip4{.src = kInside, .dst = kFar} /
           Tcp{.sport = 80, .dport = port, .seq = seq, .ack = 1001, .flags = flags};
  }
  std::string client(uint16_t port, uint8_t flags) { return from_wan(from_client(port, flags)).what; }
  std::string server(uint16_t port, uint8_t flags, uint32_t seq) {
    return from_lan(from_server(port, flags, seq)).what;
  }
  std::string syn(uint16_t port) { return client(port, kSyn); }
  std::string syn_ack(uint16_t port) { return server(port, kSyn | kAck, 9000); }
  void fill() {
    for (uint16_t port = 1; port <= kLimit; ++port) ASSERT_EQ(syn(port), "forwarded") << port;
  }
  // Towards 192.168.10.2:80.
  uint32_t waiting() {
    uint32_t count = 0;
    const auto targets = lab.engine().half_open_targets();
    EXPECT_TRUE(targets.has_value());
    for (const TargetUse& target : targets.value())
      if (target.address.to_string() == kInside && target.port == 80) count += target.half_open;
    return count;
  }

 private:
  Rules rules_ = home_rules();
};

}   // namespace sluice::test
