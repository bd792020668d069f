// SPDX-License-Identifier: GPL-2.0-or-later
// Forwards to targets with room for one half-open connection, which is taken, and SYN cookies for the others.
// Client: 198.51.100.7 or 2001:db8:99::7, its first number is 5000; the target begins with 700000.
#pragma once

#include "half_open.hpp"
#include "support/answers.hpp"

namespace sluice::test {

class SynCookie : public HookTest {
 protected:
  static constexpr uint32_t kClient = 5000, kTarget = 700000;

  SynCookie() {
    rules.forwards = R"(
      { "name": "web", "listen": "203.0.113.1", "ports": 80, "to": "192.168.10.2:8080",
        "half_open": 1, "syn_cookies": true },
      { "name": "web6", "listen": "2001:db8:f::1", "ports": 80, "to": "[2001:db8:20::2]:8080",
        "half_open": 1, "syn_cookies": true })";
    lab.apply(document());
    EXPECT_EQ(client({.sport = 1}).what, "forwarded") << "the one that there is room for";
  }

  Rules rules = home_rules();
  bool six = false;

  std::string document() const { return document_of(rules); }
  Layer way(const char* from, const char* to) const {
    if (six) return Ip6{.src = from, .dst = to};
    return Ip4{.src = from, .dst = to};
  }
  Outcome client(Tcp tcp, const Bytes& data = {}) {
    return from_wan(Layers{six ? way(kFar6, kWanAddress6) : way(kFar, kWanAddress), tcp, data});
  }
  Outcome target(Tcp tcp, const Bytes& data = {}) {
    tcp.sport = 8080;
    tcp.dport = 40000;
    return from(six ? At::kDmz : At::kLan, Layers{six ? way(kDmz6, kFar6) : way(kInside, kFar), tcp, data});
  }
  void use_ipv6() {
    six = true;
    EXPECT_EQ(client({.sport = 1}).what, "forwarded");
  }
  static Bytes size_option(uint16_t size) {
    return {2, 4, static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size)};
  }
  static uint16_t size_in(const View& syn) {
    const Bytes header = syn.transport();
    return header.size() >= 24 && header[20] == 2 ? static_cast<uint16_t>(header[22] << 8 | header[23]) : 0;
  }
  // What the gateway answered to a SYN beyond the limit.
  uint32_t cookie(uint16_t size = 1460) {
    const Outcome outcome = client({.seq = kClient, .options = size_option(size)});
    EXPECT_EQ(outcome.what, "answered: TARGET_HALF_OPEN");
    const View got = outcome.view();
    EXPECT_EQ(got.flaws(), "");
    EXPECT_EQ(got.tcp_flags, kSyn | kAck);
    EXPECT_EQ(got.ack, kClient + 1);
    return got.seq;
  }
  Outcome come_back(uint32_t cookie, const Bytes& data = {}) {
    return client({.seq = kClient + 1, .ack = cookie + 1, .flags = kAck, .window = 1234}, data);
  }
  // Both handshakes done: the client's first number of the target's.
  uint32_t connect() {
    const uint32_t number = cookie();
    EXPECT_EQ(come_back(number).what, "forwarded");
    EXPECT_EQ(target({.seq = kTarget, .ack = kClient + 1, .flags = kSyn | kAck}).what, "forwarded");
    return number;
  }
};

}   // namespace sluice::test
