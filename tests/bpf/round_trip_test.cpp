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
    if (i == 200) lab.forget();   // of a table that is short one host may not have most
  }
}

struct ChecksumField {
  const char* name;
  Layers packet;
  size_t at;           // from the transport header on
  bool zero_is_none;   // 0 says that there is no checksum: it stays, and no sum is written as it
};

class EveryChecksum : public LabTest, public testing::WithParamInterface<std::tuple<Hook, ChecksumField>> {
 protected:
  Hook hook() const { return std::get<0>(GetParam()); }
  const ChecksumField& field() const { return std::get<1>(GetParam()); }

  // The field of the packet behind the gateway, when it is this before it.
  uint16_t after(At in, const Bytes& packet, size_t at, uint16_t value) {
    Bytes frame = packet;
    frame[at] = value >> 8, frame[at + 1] = value & 0xff;
    lab.run(hook(), in, frame);
    return static_cast<uint16_t>(frame[at] << 8 | frame[at + 1]);
  }
};

// Right or wrong: it is as right or wrong behind the gateway, and back again it is the same.
TEST_P(EveryChecksum, CrossesAndComesBack) {
  const View seen = lab.arrive(hook(), At::kLan, field().packet).view();
  const Layers answer = answer_to(seen, kSyn | kAck);
  ASSERT_EQ(lab.arrive(hook(), At::kWan, answer).what, "forwarded");
  const Bytes there = lab.framed(At::kLan, field().packet), back = lab.framed(At::kWan, answer);
  const size_t at = View(there).l4 + field().at, back_at = View(back).l4 + field().at;
  const uint16_t delta = after(At::kLan, there, at, 1) - 1;
  for (uint32_t value = 0; value < 65536; ++value) {
    const auto check = static_cast<uint16_t>(value);
    const uint16_t out = after(At::kLan, there, at, check);
    const uint16_t home = after(At::kWan, back, back_at, out);
    ASSERT_TRUE(is_same_sum(home, check)) << value << " went out as " << out << " and came back as " << home;
    if (field().zero_is_none) {
      ASSERT_EQ(out == 0, value == 0);
      ASSERT_EQ(home == 0, value == 0);
    }
    if (value || !field().zero_is_none) {
      ASSERT_TRUE(is_same_sum(out, internet_sum(nullptr, 0, value + delta))) << value;
    }
  }
}

std::string checksum_name(const testing::TestParamInfo<EveryChecksum::ParamType>& info) {
  return std::string(std::get<1>(info.param).name) + "_" + hook_name(std::get<0>(info.param));
}

const Ip4 kInsideToFar{.src = kInside, .dst = kFar};
INSTANTIATE_TEST_SUITE_P(
    All, EveryChecksum,
    testing::Combine(testing::Values(Hook::kTcIngress, Hook::kXdp),
                     testing::Values(ChecksumField{"udp", kInsideToFar / Udp{} / text("sum"), 6, true},
                                     ChecksumField{"tcp", kInsideToFar / Tcp{} / text("sum"), 16, false})),
    checksum_name);

}   // namespace
}   // namespace sluice::test
