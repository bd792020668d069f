// SPDX-License-Identifier: GPL-2.0-or-later
// What a host may have of the ports: by a soft quota when others want some, by a hard one always.
#include <fmt/format.h>

#include "support/ports.hpp"

namespace sluice::test {
namespace {

// Counts of other hosts, as many as the table has room for.
class OtherHosts {
 public:
  explicit OtherHosts(Lab& lab) : map_(lab.map("host_mappings")) {
    const uint32_t one = 1;
    while (!bpf_map_update_elem(map_, &key(made_), &one, BPF_NOEXIST)) ++made_;
    EXPECT_GT(made_, 0u);
  }
  ~OtherHosts() {
    while (made_) bpf_map_delete_elem(map_, &key(--made_));
  }
  OtherHosts(const OtherHosts&) = delete;
  OtherHosts& operator=(const OtherHosts&) = delete;

 private:
  const sl_host_key& key(uint32_t number) {
    key_.inside.w[3] = htonl(number);
    return key_;
  }

  int map_;
  uint32_t made_ = 0;
  sl_host_key key_{.masquerade = UINT32_MAX};
};

class PortQuota : public PortsTest {
 protected:
  static constexpr uint16_t kFirst = 50000;
  static constexpr auto kOther = "198.51.100.8";

  // Ends what came from these ports of kInside.
  void end_ports(uint16_t first, uint16_t count) {
    std::vector<sl_tuple> originals;
    for (const FlowRow& row : flow_rows(lab)) {
      const uint16_t port = ntohs(row.tuple.source_port);
      if (!(row.flow.flags & SL_FLOW_REPLY) && address_of(row.tuple.source).to_string() == kInside &&
          port >= first && port < first + count)
        originals.push_back(row.tuple);
    }
    ASSERT_EQ(originals.size(), count);
    auto runner = Runner::open(Pins(lab.pins())).value();
    ASSERT_TRUE(runner.visit(originals, Runner::Mode::kAll));
  }

  // The port that kInside shares towards kOther.
  uint16_t share_of_other() {
    const Outcome outcome = udp(kInside, 110, kOther);
    const auto flow = find_flow(lab, fmt::format("{}:110 > {}:53", kInside, kOther));
    EXPECT_TRUE(outcome.what == "forwarded" && flow && (flow->flow.holds & SL_HOLDS_SHARE));
    return outcome.what == "forwarded" ? outcome.view().sport : 0;
  }

  std::string open(uint16_t port, const char* to = kFar) {
    return from_lan(Ip4{.src = kInside, .dst = to} / Tcp{.sport = port, .seq = 1000, .flags = kSyn}).what;
  }
  std::string reset(uint16_t outside_port, const char* from = kFar) {
    return from_wan(Ip4{.src = from, .dst = kWanAddress} /
                    Tcp{.sport = 80, .dport = outside_port, .seq = 9000, .ack = 1001, .flags = kRst | kAck})
        .what;
  }
};
ON_BOTH_HOOKS(PortQuota);

TEST_P(PortQuota, WhoHasHisPartGetsNoPortThatOthersWant) {
  use_ports(R"("ports": "50000-50009", "mappings_per_host": 5)");
  rest_for(0);
  for (uint16_t n = 0; n < 10; ++n) ASSERT_NE(answered(kInside, 100 + n), 0);
  ASSERT_EQ(udp(kSecond, 7, kOutside).what, "forwarded") << "a share: no port is left for a mapping";
  ASSERT_EQ(outside_ports().size(), 10u);
  end_ports(100, 3);
  ASSERT_EQ(outside_ports().size(), 7u);
  EXPECT_EQ(udp(kInside, 200, kOutside).what, "forwarded") << "it shares one, and nobody is refused";
  EXPECT_EQ(outside_ports().size(), 7u);
  for (uint16_t n = 0; n < 3; ++n) EXPECT_EQ(udp(kSecond, 8 + n, kOther).what, "forwarded");
  EXPECT_EQ(outside_ports().size(), 10u) << "all that came free are of who has less";
}

TEST_P(PortQuota, WhatNobodyWantsIsAnybodys) {
  use_ports(R"("ports": "50000-50009", "mappings_per_host": 5)");
  rest_for(0);
  for (uint16_t n = 0; n < 10; ++n) ASSERT_NE(answered(kInside, 100 + n), 0);
  ASSERT_EQ(udp(kInside, 110, kOutside).what, "forwarded") << "shared";
  end_ports(100, 3);
  for (uint16_t n = 0; n < 3; ++n) EXPECT_EQ(udp(kInside, 200 + n, kOther).what, "forwarded");
  EXPECT_EQ(outside_ports().size(), 10u);
}

// A port that serves a destination already, for somebody else, is free for the others: it is not claimed to
// be given back.
TEST_P(PortQuota, AMappingsPortIsNotOneThatIsSharedTowardsTheDestination) {
  use_ports(R"("ports": "50000-50001", "mappings_per_host": 5)");
  rest_for(0);
  for (uint16_t n = 0; n < 2; ++n) ASSERT_NE(answered(kInside, kFirst + n), 0);
  const uint16_t shared = share_of_other();
  end_ports(shared, 1);
  ASSERT_EQ(udp(kSecond, 7, kOther).what, "forwarded") << "a share of the other port";
  EXPECT_EQ(outside_ports().size(), 1u);
  EXPECT_EQ(udp(kSecond, 8, kOutside).what, "forwarded");
  EXPECT_EQ(outside_ports().size(), 2u) << "what was free for others was not taken for full";

  end_all();
  for (uint16_t n = 0; n < 2; ++n) ASSERT_NE(answered(kInside, kFirst + n), 0);
  const uint16_t again = share_of_other();
  end_ports(kFirst, 2);
  ASSERT_EQ(udp(kSecond, again, kOther).what, "forwarded");
  EXPECT_EQ(outside_ports().size(), 1u) << "a mapping, of the port that nobody has there";
}

// The number of the document says who has few, also where a 64th of the ports is more.
TEST_P(PortQuota, WhoHasMoreThanTheNumberGivesBackWhatNobodyAnswered) {
  use_ports(R"("ports": "50000-50639", "mappings_per_host": 3)");
  for (uint16_t n = 0; n < 8; ++n) ASSERT_EQ(udp(kInside, 50000 + n).what, "forwarded");
  for (uint32_t n = 0; n < 632; ++n) ASSERT_NE(answered(host(n), static_cast<uint16_t>(50008 + n)), 0);
  ASSERT_EQ(outside_ports().size(), 640u);
  uint32_t had = 0;
  for (uint16_t n = 0; n < 400 && !had; ++n) {
    ASSERT_EQ(udp(kSecond, 1000 + n % 50, kOutside).what, "forwarded");
    const auto mappings = lab.engine().mappings().value();
    for (const MappingState& mapping : mappings) had += mapping.inside.to_string() == kSecond;
    if (!had) end_flow_of(kSecond);
  }
  EXPECT_EQ(had, 1u);
}

// The number of a hard quota, also for flows that share a port: what is closed does not count.
TEST_P(PortQuota, AHardQuotaForgetsClosedSharesAsWell) {
  use_ports(R"("ports": "50000-50001", "mappings_per_host": 3, "quota": "hard")");
  for (uint16_t n = 0; n < 2; ++n) ASSERT_EQ(open(kFirst + n), "forwarded");
  ASSERT_EQ(open(kFirst, kOutside), "forwarded") << "of its own mapping";
  ASSERT_EQ(open(100, kOther), "forwarded") << "a share";
  ASSERT_EQ(open(101, kOther), "dropped: HOST_MAPPINGS");
  const auto share = find_flow(lab, fmt::format("{}:100 > {}:80", kInside, kOther));
  ASSERT_TRUE(share && (share->flow.holds & SL_HOLDS_COUNT));
  ASSERT_EQ(reset(ntohs(share->flow.source_port), kOther), "forwarded");
  EXPECT_EQ(open(101, kOther), "forwarded") << "the closed one is not counted";
  EXPECT_EQ(open(102, kFar), "dropped: HOST_MAPPINGS");
  EXPECT_EQ(open(100, kOther), "forwarded") << "opened again: what a host has is not taken away";
  ASSERT_EQ(reset(ntohs(share->flow.source_port), kOther), "forwarded");
  end_all();
  for (uint16_t n = 0; n < 2; ++n) EXPECT_EQ(open(kFirst + n), "forwarded");
  EXPECT_EQ(open(100, kOther), "forwarded");
  EXPECT_EQ(open(101, kOther), "dropped: HOST_MAPPINGS");
}

// A count has a row, and the table may be full of those of others.
TEST_P(PortQuota, WhoCannotBeCountedIsRefusedWhereTheNumberIsSold) {
  use_ports(R"("mappings_per_host": 2, "quota": "hard")");
  ASSERT_EQ(udp(kInside, 100).what, "forwarded");
  const OtherHosts others(lab);
  EXPECT_EQ(udp(kSecond, 100).what, "dropped: HOST_MAPPINGS");
  EXPECT_FALSE(find_flow(lab, fmt::format("{}:100 > {}:53", kSecond, kFar)));
  EXPECT_EQ(outside_ports().size(), 1u) << "no port was taken for it";
  EXPECT_EQ(udp(kInside, 101).what, "forwarded") << "who is counted has what was sold";
  EXPECT_EQ(udp(kInside, 102).what, "dropped: HOST_MAPPINGS");
  end_ports(100, 1);
  EXPECT_EQ(udp(kInside, 103).what, "forwarded") << "and counts down as well as up";
}

TEST_P(PortQuota, WhoCannotBeCountedIsServedByASoftQuota) {
  use_ports(R"("mappings_per_host": 2)");
  const OtherHosts others(lab);
  for (uint16_t n = 0; n < 4; ++n) EXPECT_EQ(udp(kSecond, 100 + n).what, "forwarded");
}

// A host has 2^64 addresses.
TEST_P(PortQuota, AHostOfIPv6IsANetwork) {
  use_ports(R"("family": "ipv6", "mappings_per_host": 5, "quota": "hard")");
  const auto ask = [&](const char* from, uint16_t port) {
    return from_lan(Ip6{.src = from, .dst = kFar6} / Udp{.sport = port}).what;
  };
  for (uint16_t n = 0; n < 3; ++n) ASSERT_EQ(ask(kInside6, 2000 + n), "forwarded");
  for (uint16_t n = 0; n < 2; ++n) ASSERT_EQ(ask("2001:db8:10::3", 3000 + n), "forwarded");
  EXPECT_EQ(ask("2001:db8:10::3", 4000), "dropped: HOST_MAPPINGS");
  EXPECT_EQ(ask(kInside6, 4000), "dropped: HOST_MAPPINGS");
  end_all();
  for (uint16_t n = 0; n < 5; ++n) EXPECT_EQ(ask("2001:db8:10::3", 5000 + n), "forwarded");
}

}   // namespace
}   // namespace sluice::test
