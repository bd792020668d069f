// SPDX-License-Identifier: GPL-2.0-or-later
// Two CPUs that make, use and end flows at once: no port is given twice, and the tables fit together
// afterwards.
#include <fmt/format.h>

#include "support/answers.hpp"
#include "support/bpf_test.hpp"
#include "support/in_parallel.hpp"

namespace sluice::test {
namespace {

constexpr int kThreads = 2;
constexpr uint32_t kHosts = 600;

class Concurrency : public HookTest {
 protected:
  Bytes packet_of(uint32_t host, const char* to) {
    const std::string from = fmt::format("10.64.{}.{}", host / 250, 1 + host % 250);
    return lab.framed(At::kLan, Ip4{.src = from, .dst = to} / Udp{.sport = 5000});
  }

  template <class Work>
  void in_parallel(Work work) {
    test::in_parallel(kThreads, work);
  }

  void send(Bytes frame) { lab.run(GetParam(), At::kLan, frame); }
  void call(uint16_t port) {
    Bytes frame = lab.framed(At::kWan, Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = 9, .dport = port});
    lab.run(GetParam(), At::kWan, frame);
  }
};
ON_BOTH_HOOKS(Concurrency);

TEST_P(Concurrency, EachHostGetsItsOwnPort) {
  in_parallel([&](int n) {
    for (uint32_t host = n; host < kHosts; host += kThreads) send(packet_of(host, kFar));
  });
  std::set<uint16_t> ports;
  const auto mappings = lab.engine().mappings().value();
  for (const MappingState& mapping : mappings) ports.insert(mapping.outside_port);
  EXPECT_EQ(mappings.size(), kHosts);
  EXPECT_EQ(ports.size(), kHosts);
  EXPECT_EQ(flow_rows(lab).size(), 2 * kHosts);
}

// As many hosts as there are ports, and some more: one CPU at XDP, the other at tc, down to the last port.
TEST_P(Concurrency, ExactlyAsManyMappingsAsPorts) {
  Rules rules = home_rules();
  rules.masquerade = R"({ "name": "out", "from": "lan", "to": "internet", "ports": "50000-50299" })";
  use(rules);
  in_parallel([&](int n) {
    const Hook hook = n ? Hook::kXdp : Hook::kTcIngress;
    for (uint32_t host = n; host < kHosts; host += kThreads) {
      Bytes frame = packet_of(host, kFar);
      lab.run(hook, At::kLan, frame);
    }
  });
  std::set<uint16_t> ports;
  const auto mappings = lab.engine().mappings().value();
  for (const MappingState& mapping : mappings) ports.insert(mapping.outside_port);
  EXPECT_EQ(mappings.size(), 300u);
  EXPECT_EQ(ports.size(), 300u);
  EXPECT_EQ(flow_rows(lab).size(), 600u);
}

// The same new flow on both CPUs, and another flow of the same mapping.
TEST_P(Concurrency, TheSameFlowOnBothCpusIsOne) {
  in_parallel([&](int n) {
    for (uint32_t host = 0; host < kHosts; ++host) {
      send(packet_of(host, kFar));
      send(packet_of(host, n ? kOutside : "198.51.100.8"));
    }
  });
  EXPECT_EQ(flow_rows(lab).size(), 6 * kHosts);
  EXPECT_EQ(mapping_rows(lab, "nat_inside").size(), kHosts);
}

// One host wants more than the table has room for; half of the flows are the same, and each makes others end.
TEST_P(Concurrency, AFloodOnBothCpusKeepsItsTablesTogether) {
  in_parallel([&](int n) {
    for (uint16_t port = 2000; port < 5000; ++port)
      send(lab.framed(At::kLan,
                      Ip4{.src = kInside, .dst = n && port % 2 ? kFar : kOutside} / Udp{.sport = port}));
  });
  EXPECT_LE(flow_rows(lab).size() / 2, kFlows4 + 2)
      << "as many as there is room for, and one that each is about to make";
  EXPECT_EQ(state_flaws(lab), "");
}

// Flows come and go: the mapping of a host is made and removed all the time.
TEST_P(Concurrency, MappingsSurviveTheirFlowsComingAndGoing) {
  auto runner = Runner::open(Pins(lab.pins())).value();
  in_parallel([&](int n) {
    for (uint32_t round = 0; round < 40; ++round) {
      for (uint32_t host = 0; host < 20; ++host) send(packet_of(host, n ? kFar : kOutside));
      if (!n) end_all_flows(lab, runner);
    }
  });
  EXPECT_EQ(state_flaws(lab), "");
}

// Flows come in by a mapping, and hold it, while its other flows end.
TEST_P(Concurrency, FiltersSurviveFlowsThatComeInMeanwhile) {
  Rules rules = home_rules();
  rules.masquerade =
      R"({ "name": "out", "from": "lan", "to": "internet", "filtering": "address-dependent" })";
  use(rules);
  auto runner = Runner::open(Pins(lab.pins())).value();
  in_parallel([&](int n) {
    for (uint32_t round = 0; round < 40; ++round) {
      for (uint32_t host = 0; host < 20; ++host) n ? call(5000) : send(packet_of(host, kFar));
      if (!n) end_all_flows(lab, runner);
    }
  });
  EXPECT_EQ(state_flaws(lab), "");
}

TEST_P(Concurrency, TowardsOneDestinationEachHostGetsItsOwnPort) {
  Rules rules = home_rules();
  rules.masquerade = fmt::format(
      R"({{ "name": "out", "from": "lan", "to": "internet", "mapping": "per-destination", "ports": "5000-{}" }})",
      5000 + kHosts - 1);
  use(rules);
  in_parallel([&](int n) {
    for (uint32_t host = n; host < kHosts; host += kThreads) send(packet_of(host, kFar));
  });
  EXPECT_EQ(flow_rows(lab).size(), 2 * kHosts) << "each of as many ports has one";
}

}   // namespace
}   // namespace sluice::test
