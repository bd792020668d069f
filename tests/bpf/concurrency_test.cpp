// SPDX-License-Identifier: GPL-2.0-or-later
// Two CPUs that make, use and end flows at once: no port is given twice, and the tables fit together
// afterwards.
#include <fmt/format.h>
#include <linux/pkt_cls.h>
#include <sys/mman.h>

#include <atomic>
#include <span>

#include "kernel/bpf/map.hpp"
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

class ReusedRow : public Concurrency {
 protected:
  struct Left {
    int all = 0, astray = 0;
  };

  // A connection to kFar.
  void SetUp() override {
    Concurrency::SetUp();
    from_lan(Ip4{.src = kInside, .dst = kFar} / Tcp{.seq = 1000, .flags = kSyn});
    from_wan(Ip4{.src = kFar, .dst = kWanAddress} /
             Tcp{.sport = 80, .dport = 40000, .seq = 9000, .ack = 1001, .flags = kSyn | kAck});
  }

  // What leaves of many packets, all the same, while the row that they leave by changes owners.
  template <typename IsAstray>
  Left send_in_a_race(Hook hook, const Layers& layers, IsAstray is_astray) {
    const Bytes packet = lab.framed(At::kLan, layers);
    const size_t homes = MapMemory::of("flows4", lab.map("flows4")).value().rows<sl_home4>().size();
    void* const memory =
        mmap(nullptr, homes * sizeof(sl_home4), PROT_READ | PROT_WRITE, MAP_SHARED, lab.map("flows4"), 0);
    if (memory == MAP_FAILED) return {};
    std::atomic<bool> over = false;
    Left left;
    in_parallel([&](int n) {
      if (n) return change_owners({static_cast<sl_home4*>(memory), homes}, over);
      // Who changes the owners may have no processor for a while, and leave the row with the other one.
      for (int i = 0; i < 50'000 || (left.all == 0 && i < 5'000'000); ++i) {
        Bytes frame = packet;
        const int action = lab.run(hook, At::kLan, frame);
        if (action != (hook == Hook::kXdp ? int{XDP_REDIRECT} : int{TC_ACT_REDIRECT})) continue;
        ++left.all;
        left.astray += is_astray(View(frame));
      }
      over = true;
    });
    munmap(memory, homes * sizeof(sl_home4));
    lab.counted_elsewhere();
    lab.forget();
    return left;
  }

  static constexpr const char* kNobody = "57.204.155.248";   // every bit of kFar the other way round

 private:
  // The row of the flow that leaves, given to another flow and back again until told to end.
  static void change_owners(std::span<sl_home4> homes, std::atomic<bool>& over) {
    for (sl_home4& home : homes)
      for (const uint32_t row : {0, 1})
        if ((home.head.word[row].part.state & SL_ROW_TAKEN) && !(home.flow[row].flags & SL_FLOW_REPLY))
          change_owners_of(home, row, over);
  }

  static void change_owners_of(sl_home4& home, uint32_t row, std::atomic<bool>& over) {
    auto& word = home.head.word[row].part;
    const auto become = [&](uint32_t hash, __be32 there) {
      std::atomic_ref(word.state).store((word.state & ~uint32_t{SL_ROW_STATE}) + SL_ROW_TURN + SL_ROW_BUSY);
      std::atomic_ref(word.hash).store(hash);
      std::atomic_ref(home.flow[row].destination4).store(there);
      std::atomic_ref(word.state).fetch_add(SL_ROW_TAKEN - SL_ROW_BUSY);
    };
    const uint32_t hash = word.hash;
    const __be32 there = home.flow[row].destination4;
    while (!over) {
      become(~hash, ~there);
      become(hash, there);
    }
  }
};
ON_BOTH_HOOKS(ReusedRow);

// Segments of a connection, which open no flow when theirs is not found; what leaves is never for another
// one.
TEST_P(ReusedRow, CarriesNoPacketOfItsFormerOwner) {
  const Layers last = Ip4{.src = kInside, .dst = kFar} / Tcp{.seq = 1001, .ack = 9001, .flags = kAck};
  ASSERT_EQ(from_lan(last).what, "forwarded");
  const Left left = send_in_a_race(GetParam(), last, [](const View& got) { return got.dst == kNobody; });
  EXPECT_GT(left.all, 0);
  EXPECT_EQ(left.astray, 0) << "of " << left.all;
}

// XDP leaves errors to tc.
TEST_P(ReusedRow, TranslatesNoErrorOfItsFormerOwner) {
  const Bytes quote = build(Ip4{.src = kFar, .dst = kInside} /
                            Tcp{.sport = 80, .dport = 40000, .seq = 9001, .ack = 1001, .flags = kAck});
  const Layers error = Ip4{.src = kInside, .dst = kFar} / Icmp{.code = 3} / quote;
  ASSERT_EQ(from_lan(error).what, "forwarded");
  const auto is_astray = [](const View& got) { return got.payload().at(12) == 57; };   // quoted: from kNobody
  const Left left = send_in_a_race(Hook::kTcIngress, error, is_astray);
  EXPECT_GT(left.all, 0);
  EXPECT_EQ(left.astray, 0) << "of " << left.all;
}

}   // namespace
}   // namespace sluice::test
