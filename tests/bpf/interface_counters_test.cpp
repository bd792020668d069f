// SPDX-License-Identifier: GPL-2.0-or-later
// Each counter of interfaces is one that some packet adds to. That a packet is counted once is checked with
// every packet (send.cpp).
#include "support/bpf_test.hpp"
#include "support/counters.hpp"

namespace sluice::test {
namespace {

class InterfaceCounters : public LabTest {
 protected:
  sl_iface_counters sum() {
    sl_iface_counters sum{};
    for (const sl_iface_counters& row : counters_now(lab.tables()).interfaces) {
#define X(name) sum.name += row.name;
      SL_IFACE_COUNTERS(X)
#undef X
    }
    return sum;
  }
};

TEST_F(InterfaceCounters, EachIsOneThatSomePacketAddsTo) {
  const sl_iface_counters before = sum();
  const auto arrives = [&](At device, const Layers& layers) {
    return lab.arrive(Hook::kXdp, device, layers).what;
  };
  EXPECT_EQ(arrives(At::kLan, Ip4{.src = kInside, .dst = kFar} / Udp{}), "forwarded");
  EXPECT_EQ(arrives(At::kLan, Ip4{.src = kInside, .dst = kLanAddress} / Udp{}), "to host")
      << "handed on to tc";
  EXPECT_EQ(arrives(At::kWan, Ip4{.src = kFar, .dst = kWanAddress} / Tcp{.dport = 23}), "dropped: POLICY");
  EXPECT_EQ(arrives(At::kLan, Eth{.dst = lab.mac(At::kLan), .type = 0x0806} / Bytes(46)), "ignored");
  EXPECT_EQ(lab.leave(At::kWan, Ip4{.src = kWanAddress, .dst = kFar} / Udp{}).what, "from host");
  const sl_iface_counters after = sum();
#define X(name) EXPECT_GT(after.name, before.name) << #name;
  SL_IFACE_COUNTERS(X)
#undef X
}

}   // namespace
}   // namespace sluice::test
