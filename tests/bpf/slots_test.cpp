// SPDX-License-Identifier: GPL-2.0-or-later
// A table that is full of the dead, of the living, or of those that wait for an answer: who gets in, who
// stays.
#include "support/slots.hpp"

#include <fmt/format.h>

#include <set>

#include "support/answers.hpp"
#include "support/bpf_test.hpp"
#include "support/events.hpp"
#include "support/fill.hpp"

namespace sluice::test {
namespace {

class Slots : public HookTest {
 protected:
  // Layers refer to their addresses.
  const char* kept(std::string address) { return addresses_.insert(std::move(address)).first->c_str(); }
  Layers from_host(uint32_t host, uint16_t port = 5000) {
    return Ip4{.src = kept(fmt::format("10.64.{}.{}", host / 250, 1 + host % 250)), .dst = kFar} /
           Udp{.sport = port};
  }
  void send(const Layers& layers) {
    Bytes frame = lab.framed(At::kLan, layers);
    lab.run(GetParam(), At::kLan, frame);
  }
  void open_from(uint32_t hosts) {
    for (uint32_t host = 0; host < hosts; ++host) send(from_host(host));
  }
  // From one source, so that all of them are in one account.
  void flood(const std::string& source, uint32_t count, uint16_t first = 2000) {
    for (uint32_t i = 0; i < count; ++i)
      send(Ip4{.src = source, .dst = kOutside} / Udp{.sport = static_cast<uint16_t>(first + i), .dport = 9});
  }
  size_t flows() { return flow_rows(lab).size() / 2; }
  void establish_all() {
    for (FlowRow row : flow_rows(lab)) {
      row.flow.state = SL_FLOW_ESTABLISHED;
      put_flow(lab, row);
    }
  }

 private:
  std::set<std::string> addresses_;
};
ON_BOTH_HOOKS(Slots);

TEST_P(Slots, ATableFullOfTheDeadGoesOnTakingFlowsWithoutTheDaemon) {
  open_from(kFlows4);
  ASSERT_GT(flows(), kFlows4 * 9 / 10);
  age_all_flows(lab, 121);
  for (uint16_t port = 6000; port < 6500; ++port)
    ASSERT_EQ(from_lan(from_host(1, port)).what, "forwarded") << port;
  EXPECT_LT(flows(), kFlows4) << "the dead made room";
}

TEST_P(Slots, ShorterTimeoutsCountForFlowsThatWereThereBefore) {
  open_from(kFlows4);
  establish_all();
  age_all_flows(lab, 10);
  uint32_t* timeout = lab.tables().config->timeout;
  const uint32_t hz = lab.tables().config->hz,
                 one_way = std::exchange(timeout[SL_TIMEOUT_UDP_ONE_WAY], 5 * hz),
                 both = std::exchange(timeout[SL_TIMEOUT_UDP], 5 * hz);
  for (uint16_t port = 6000; port < 6100; ++port)
    EXPECT_EQ(from_lan(from_host(1, port)).what, "forwarded") << port << ": the dead make room";
  timeout[SL_TIMEOUT_UDP_ONE_WAY] = one_way;
  timeout[SL_TIMEOUT_UDP] = both;
}

TEST_P(Slots, ATableFullOfTheLivingRefusesNewFlowsAndKeepsTheOld) {
  open_from(kFlows4);
  establish_all();
  const size_t before = flows();
  for (uint16_t port = 6000; port < 6100; ++port)
    if (from_lan(from_host(1, port)).what != "forwarded") break;
  for (uint32_t host = 0; host < 50; ++host) ASSERT_EQ(from_lan(from_host(host)).what, "forwarded") << host;
  EXPECT_GE(flows(), before);
}

// The first look for a place goes on where the one before stopped, and comes round: those who wait there are
// neighbours, and the rest of the places is free.
TEST_P(Slots, WhoWaitsKeepsItsPlaceAlsoWhereLooksComeRound) {
  constexpr uint32_t kHosts = 512;
  const uint32_t first = 0;
  const auto cursor = [&] {
    sl_gc_cursor row{};
    EXPECT_EQ(bpf_map_lookup_elem(lab.map("gc_cursors"), &first, &row), 0);
    return row;
  };
  const uint32_t begun = cursor().next;
  open_from(kHosts);
  sl_gc_cursor again = cursor();
  again.next = begun;
  ASSERT_EQ(bpf_map_update_elem(lab.map("gc_cursors"), &first, &again, BPF_EXIST), 0);
  for (uint32_t host = 0; host < kHosts / 2; ++host)
    ASSERT_EQ(from_lan(from_host(host, 5001)).what, "forwarded");
  EXPECT_EQ(flows(), kHosts + kHosts / 2) << "nobody ended for another";
}

// Room for so many is promised; a table has a quarter more, so that a search by chance finds what is free.
// The last sixteenth is not for one host alone; these addresses are one. It gets no more but in place of one
// of its own that waits: those are looked for by chance among all places, of which they have few here, and
// one search in some thousands finds none.
TEST_P(Slots, OneHostCanUseAllButTheLastSixteenth) {
  constexpr uint32_t kShare = kFlows6 - kFlows6 / 16, kAtMost = kFlows6 + kFlows6 / 4 + 1;
  const auto begin = [&](uint32_t host) {
    return from_lan(Ip6{.src = kept(fmt::format("2001:db8:10::{:x}", 0x100 + host)), .dst = kFar6} / Udp{})
        .what;
  };
  for (uint32_t host = 0; host < kShare; ++host) ASSERT_EQ(begin(host), "forwarded") << host;
  EXPECT_EQ(flows(), kShare);
  uint32_t served = 0;
  for (uint32_t host = kShare; host < kFlows6; ++host) served += begin(host) == "forwarded";
  EXPECT_GT(served, kFlows6 / 16 * 9 / 10);
  EXPECT_EQ(flows(), kShare);
  served = 0;
  for (uint32_t host = kFlows6; host < 2 * kFlows6; ++host) served += begin(host) == "forwarded";
  EXPECT_GT(served, kFlows6 / 2);
  EXPECT_GE(flows(), kShare);
  EXPECT_LE(flows(), kAtMost);
}

TEST_P(Slots, ManyHostsCanUseTheWholeTable) {
  open_from(kFlows4);
  EXPECT_EQ(flows(), kFlows4);
}

TEST_P(Slots, AFloodPushesOutTheOldestOfItsOwnSource) {
  send(Ip4{.src = kSecond, .dst = kFar} / Udp{.sport = 7});
  flood(kInside, kFlows4 / 2);
  EXPECT_EQ(flows(), kFlows4 / 2 + 1) << "there is room";
  age_flow(lab, "192.168.10.3:7 > 198.51.100.7:53", 50);
  age_flow(lab, "192.168.10.2:2000 > 203.0.113.9:9", 50);
  flood(kInside, 3 * kFlows4, 2000 + kFlows4 / 2);
  EXPECT_FALSE(find_flow(lab, "192.168.10.2:2000 > 203.0.113.9:9")) << "the oldest";
  EXPECT_TRUE(find_flow(lab, "192.168.10.2:9167 > 203.0.113.9:9")) << "the last";
  EXPECT_TRUE(find_flow(lab, "192.168.10.3:7 > 198.51.100.7:53")) << "another source";
  EXPECT_EQ(flows(), kFlows4 * 3 / 4) << "a quarter is for others";
}

TEST_P(Slots, AFloodPushesOutNoEstablishedFlow) {
  const View seen = from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{.sport = 7}).view();
  ASSERT_EQ(from_wan(answer_to(seen)).what, "forwarded");
  flood(kInside, 3 * kFlows4);
  EXPECT_EQ(phase_of(lab, "192.168.10.2:7 > 198.51.100.7:53"), "established");
  EXPECT_EQ(from_wan(answer_to(seen)).what, "forwarded");
}

TEST_P(Slots, AStreamThatNobodyAnswersGoesOn) {
  const Layers stream = Ip4{.src = kInside, .dst = kFar} / Udp{.sport = 7};
  for (int i = 0; i < 3; ++i) send(stream);
  flood(kInside, 2 * kFlows4);
  EXPECT_EQ(find_flow(lab, "192.168.10.2:7 > 198.51.100.7:53")->flow.packets, 3u);
  age_flow(lab, "192.168.10.2:7 > 198.51.100.7:53", 31);
  flood(kInside, 2 * kFlows4, 10000);
  EXPECT_FALSE(find_flow(lab, "192.168.10.2:7 > 198.51.100.7:53")) << "it did not go on";
}

// Nobody has proven to be at the address that the forward's server answered.
TEST_P(Slots, AnAnswerToAnInventedSourceKeepsNoPlace) {
  const auto ask = [&](uint16_t port) {
    return from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = port, .dport = 53});
  };
  for (const uint16_t port : {1, 2}) ASSERT_EQ(from_lan(answer_to(ask(port).view())).what, "forwarded");
  ask(2);
  age_flow(lab, "198.51.100.7:1 > 203.0.113.1:53", 20);
  age_flow(lab, "198.51.100.7:2 > 203.0.113.1:53", 20);
  for (uint16_t i = 0; i < 3 * kFlows4; ++i) ask(static_cast<uint16_t>(3000 + i));
  EXPECT_EQ(phase_of(lab, "198.51.100.7:1 > 203.0.113.1:53"), "no flow");
  EXPECT_EQ(phase_of(lab, "198.51.100.7:2 > 203.0.113.1:53"), "established") << "it spoke again";
}

TEST_P(Slots, AFloodFromOutsidePushesOutNobodyInside) {
  open_from(40);
  for (uint32_t i = 0; i < 5000; ++i) {
    const Ip4 ip{.src = kept(fmt::format("198.51.100.{}", 1 + i % 250)), .dst = kWanAddress};
    Bytes frame = lab.framed(At::kWan, ip / Tcp{.sport = static_cast<uint16_t>(1000 + i), .dport = 80});
    lab.run(GetParam(), At::kWan, frame);
  }
  for (uint32_t host = 0; host < 40; ++host)
    EXPECT_TRUE(find_flow(lab, fmt::format("10.64.0.{}:5000 > 198.51.100.7:53", 1 + host))) << host;
}

TEST_P(Slots, AHostWhoseFlowsAreDeadGetsNewOnesWithoutTheDaemon) {
  sl_config* config = lab.tables().config.operator->();
  const uint32_t before = std::exchange(config->flows_per_host, 10);
  flood(kInside, 10);
  age_all_flows(lab, 121);
  bool served = false;
  for (uint32_t i = 0; i < kFlows4 && !served; ++i)
    served = from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{}).what == "forwarded";
  EXPECT_TRUE(served);
  config->flows_per_host = before;
}

TEST_P(Slots, AHostOfIpv6IsANetworkOf64Bits) {
  sl_config* config = lab.tables().config.operator->();
  const uint32_t before = std::exchange(config->flows_per_host, 10);
  const auto open = [&](const std::string& host) {
    return from_lan(Ip6{.src = kept(host), .dst = kFar6} / Udp{}).what;
  };
  for (int host = 1; host <= 10; ++host) EXPECT_EQ(open(fmt::format("2001:db8:a:1::{}", host)), "forwarded");
  EXPECT_EQ(open("2001:db8:a:1::11"), "dropped: HOST_FLOWS");
  EXPECT_EQ(open("2001:db8:a:2::11"), "forwarded");
  config->flows_per_host = before;
}

TEST_P(Slots, HostsWithoutACountOfTheirOwnHaveALimitAllTheSame) {
  sl_config* config = lab.tables().config.operator->();
  const uint32_t before = std::exchange(config->flows_per_host, 10);
  fill_hosts(lab);
  flood(kInside, 50);
  EXPECT_EQ(flows(), 10u);
  EXPECT_EQ(from_lan(Ip4{.src = kSecond, .dst = kFar} / Udp{}).what, "forwarded");
  age_all_flows(lab, 121);
  EXPECT_EQ(lab.engine().gc(Engine::Gc::kExpired).value(), 11u);
  flood(kInside, 50);
  EXPECT_EQ(flows(), 10u) << "counted down, and up again";
  config->flows_per_host = before;
  lab.forget();
}

// The quarter that is left is for those that have less.
TEST_P(Slots, OfAShortTableAHostGetsNoMoreThanItsShare) {
  take_events(lab);
  flood(kInside, kFlows4 * 3 / 4 + 50);   // alone it may have all
  EXPECT_EQ(flows(), kFlows4 * 3 / 4 + 50);
  establish_all();
  EXPECT_EQ(from_lan(Ip4{.src = kSecond, .dst = kFar} / Udp{}).what, "forwarded");
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{}).what, "dropped: HOST_FLOWS");
  const auto told = take_events(lab);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].count, kFlows4 / 2) << "its share";
  for (uint16_t port = 1; port < 100; ++port)
    EXPECT_EQ(from_lan(Ip4{.src = kSecond, .dst = kFar} / Udp{.sport = port}).what, "forwarded") << port;
}

// With flows that are answered, which end for nobody.
TEST_P(Slots, AHostThatWasAloneLeavesRoomForTheNext) {
  for (uint16_t first = 2000; first < 2000 + kFlows4 * 2; first += 64) {
    flood(kInside, 64, first);
    establish_all();
  }
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{}).what, "dropped: HOST_FLOWS");
  for (uint16_t port = 1; port < 30; ++port)
    EXPECT_EQ(from_lan(Ip4{.src = kSecond, .dst = kFar} / Udp{.sport = port}).what, "forwarded") << port;
}

TEST_P(Slots, AHostWithFewFlowsIsServedAlthoughAnotherOfItsNetworkHasTooMany) {
  flood(kInside, kFlows4 * 3 / 4 + 10);
  establish_all();
  EXPECT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Tcp{.dport = 80}).what, "forwarded")
      << "a second tenant: what comes from outside";
  for (uint16_t port = 1; port < 30; ++port)
    EXPECT_EQ(from_lan(Ip4{.src = kSecond, .dst = kFar} / Udp{.sport = port}).what, "forwarded") << port;
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{}).what, "dropped: TABLE_FULL");
}

TEST_P(Slots, AHostAtItsLimitDisturbsNoOther) {
  sl_config* config = lab.tables().config.operator->();
  const uint32_t before = std::exchange(config->flows_per_host, 10);
  take_events(lab);
  flood(kInside, 50);
  EXPECT_EQ(flows(), 10u);
  const auto told = take_events(lab);
  ASSERT_EQ(told.size(), 1u) << "once, however many it wants";
  EXPECT_EQ(told[0].kind, SL_EVENT_HOST_FLOWS);
  EXPECT_EQ(address_of(told[0].inside).to_string(), kInside);
  EXPECT_EQ(told[0].count, 10u);
  EXPECT_EQ(from_lan(Ip4{.src = kSecond, .dst = kFar} / Udp{}).what, "forwarded");
  EXPECT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Tcp{.dport = 80}).what, "forwarded")
      << "what comes by a forward is not the host's doing";
  age_flow(lab, "192.168.10.2:2000 > 203.0.113.9:9", 121);
  ASSERT_EQ(lab.engine().gc(Engine::Gc::kExpired).value(), 1u);
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{}).what, "forwarded") << "one may come for it";
  config->flows_per_host = before;
}

}   // namespace
}   // namespace sluice::test
