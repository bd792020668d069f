// SPDX-License-Identifier: GPL-2.0-or-later
// One TCP connection from inside to outside, segment by segment.
#pragma once

#include "support/answers.hpp"
#include "support/bpf_test.hpp"

namespace sluice::test {

// Unless told, the client's next byte is 1001, the server's 9001.
class TcpFlow : public HookTest {
 protected:
  static constexpr auto kRoute = "192.168.10.2:40000 > 198.51.100.7:80";
  static constexpr auto kReplyRoute = "198.51.100.7:80 > 203.0.113.1:40000";

  std::string client(uint8_t flags, uint32_t seq, uint32_t ack, const Bytes& data = {}) {
    return from_lan(Ip4{.src = kInside, .dst = kFar} / Tcp{.seq = seq, .ack = ack, .flags = flags} / data)
        .what;
  }
  std::string server(uint8_t flags, uint32_t seq, uint32_t ack, const Bytes& data = {}) {
    return from_wan(Ip4{.src = kFar, .dst = kWanAddress} /
                    Tcp{.sport = 80, .dport = 40000, .seq = seq, .ack = ack, .flags = flags} / data)
        .what;
  }
  void open(uint32_t client_isn = 1000, uint32_t server_isn = 9000) {
    ASSERT_EQ(client(kSyn, client_isn, 0), "forwarded");
    ASSERT_EQ(server(kSyn | kAck, server_isn, client_isn + 1), "forwarded");
    ASSERT_EQ(client(kAck, client_isn + 1, server_isn + 1), "forwarded");
    ASSERT_EQ(server(kAck, server_isn + 1, client_isn + 1), "forwarded");
  }
  void close(uint32_t client_isn = 1000, uint32_t server_isn = 9000) {
    ASSERT_EQ(client(kFin | kAck, client_isn + 1, server_isn + 1), "forwarded");
    ASSERT_EQ(server(kFin | kAck, server_isn + 1, client_isn + 2), "forwarded");
    ASSERT_EQ(client(kAck, client_isn + 2, server_isn + 2), "forwarded");
  }
  std::string phase() { return phase_of(lab, kRoute); }
};

}   // namespace sluice::test
