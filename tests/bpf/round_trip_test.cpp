// SPDX-License-Identifier: GPL-2.0-or-later
// Out and back again: the inside sees its own packet, whatever the addresses, ports, contents and checksums
// are.
#include <fmt/format.h>

#include <random>

#include "support/answers.hpp"
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

// In ones' complement 0 and 0xffff are one number: RFC 1624 section 3.
bool is_same_sum(uint16_t a, uint16_t b) { return a % 0xffff == b % 0xffff; }

class RoundTrip : public HookTest {
 protected:
  std::mt19937 random{7};
  uint32_t below(uint32_t n) { return random() % n; }
  uint16_t port() { return static_cast<uint16_t>(1 + below(65535)); }

  Bytes body() {
    Bytes bytes(below(300));
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    return bytes;
  }

  Layers transport(uint16_t from, uint16_t to) {
    switch (below(5)) {
      case 0: return Layers{Tcp{.sport = from, .dport = to, .seq = static_cast<uint32_t>(random())}} / body();
      case 1: return Layers{Udp{.sport = from, .dport = to}} / body();
      case 2: return Layers{UdpLite{.sport = from, .dport = to}} / body();
      case 3: return Layers{Sctp{.sport = from, .dport = to}} / body();
      default: return Layers{Echo{.id = from}} / body();
    }
  }

  // What comes back is the answer turned round; all of it but the TTL, the MACs and what NAT stands for.
  void there_and_back(At in, const Layers& packet) {
    const View sent(lab.framed(in, packet));
    const Outcome out = from(in, packet);
    ASSERT_EQ(out.what, "forwarded") << sent.route();
    const View seen = out.view();
    ASSERT_EQ(seen.flaws(), "") << sent.route();
    ASSERT_EQ(seen.payload(), sent.payload());
    const Layers answer = answer_to(seen, kSyn | kAck);
    const View answered(lab.framed(At::kWan, answer));
    const Outcome back = from_wan(answer);
    ASSERT_EQ(back.what, "forwarded") << answered.route();
    ASSERT_EQ(back.view().route(), reversed(sent.route()));
    ASSERT_EQ(back.view().flaws(), "") << answered.route();
    ASSERT_EQ(back.view().payload(), answered.payload());
  }
};
ON_BOTH_HOOKS(RoundTrip);

TEST_P(RoundTrip, OfAnyIpv4Flow) {
  for (int i = 0; i < 400 && !HasFatalFailure(); ++i) {
    const std::string inside = fmt::format("10.{}.{}.{}", 64 + below(64), below(256), 1 + below(254));
    const std::string outside = fmt::format("198.51.100.{}", 100 + below(150));
    there_and_back(At::kLan, Ip4{.src = inside, .dst = outside} / transport(port(), port()));
  }
}

TEST_P(RoundTrip, OfAnyIpv6Flow) {
  for (int i = 0; i < 400 && !HasFatalFailure(); ++i) {
    const std::string outside = fmt::format("2001:db8:99:{:x}::{:x}", below(65536), 1 + below(65535));
    const std::string inside =
        fmt::format("2001:db8:a:{:x}:{:x}::{:x}", below(65536), below(65536), 1 + below(65535));
    there_and_back(At::kLan, Ip6{.src = inside, .dst = outside} / transport(port(), port()));
    there_and_back(At::kDmz, Ip6{.src = kDmz6, .dst = outside} / transport(port(), port()));
  }
}

// Each value of the checksum field, right or wrong: it is as right or wrong behind the gateway, and back
// again the same.
TEST_P(RoundTrip, OfEveryChecksumValue) {
  const Ip4 ip{.src = kInside, .dst = kFar};
  const Bytes first = lab.framed(At::kLan, ip / Udp{} / text("sum"));
  Bytes reply;
  {
    const View seen = from_lan(ip / Udp{} / text("sum")).view();
    const Layers answer = answer_to(seen);
    ASSERT_EQ(from_wan(answer).what, "forwarded");
    reply = lab.framed(At::kWan, answer);
  }
  const View there(first), back(reply);
  uint16_t delta = 0;
  for (uint32_t value = 0; value < 65536; ++value) {
    Bytes frame = first, answer = reply;
    frame[there.l4 + 6] = value >> 8, frame[there.l4 + 7] = value & 0xff;
    lab.run(GetParam(), At::kLan, frame);
    const uint16_t out = View(frame).check;
    if (value == 1) delta = out - value;
    ASSERT_EQ(out == 0, value == 0) << "0 stays 0, and nothing else becomes it: " << value;
    if (value == 0) continue;
    ASSERT_TRUE(is_same_sum(out, static_cast<uint16_t>(internet_sum(nullptr, 0, value + delta)))) << value;
    if (value % 16) continue;
    answer[back.l4 + 6] = out >> 8, answer[back.l4 + 7] = out & 0xff;
    lab.run(GetParam(), At::kWan, answer);
    ASSERT_TRUE(is_same_sum(View(answer).check, static_cast<uint16_t>(value)))
        << value << " went out as " << out;
  }
}

}   // namespace
}   // namespace sluice::test
