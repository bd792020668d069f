// SPDX-License-Identifier: GPL-2.0-or-later
// Packets through a gateway of the kernel's own, which only lets pass what connection tracking was told of.
#include <gtest/gtest.h>

#include "../bpf/support/answers.hpp"
#include "../support/network_namespace.hpp"
#include "conntrack_entries.hpp"
#include "conntrack_gateway.hpp"
#include "kernel/conntrack/conntrack.hpp"

namespace sluice {
namespace {

using namespace test;

// What passes is established and has the mark of an entry that was written; nothing translates by rule.
constexpr auto kOnlyWhatIsWritten = R"(
  table inet gateway {
    chain pre { type nat hook prerouting priority dstnat; }
    chain post { type nat hook postrouting priority srcnat; }
    chain forward {
      type filter hook forward priority filter; policy drop;
      ct state established ct mark 0x10040005 accept
    }
  })";

struct TranslationLab {
  Gateway gateway;
  FarEnd lan = gateway.far_end("lan"), wan = gateway.far_end("wan");
  Conntrack conntrack = Conntrack::open().value();
  bool ready = Gateway::filter(kOnlyWhatIsWritten);

  void create(const ConntrackEntry& entry) {
    const auto created = conntrack.create({&entry, 1});
    ASSERT_TRUE(created);
    ASSERT_EQ(created->done, 1u);
  }
  FarEnd& behind(const std::string& address) {
    return address.starts_with("192.168.10.") || address.starts_with("2001:db8:10:") ? lan : wan;
  }
};

Layer transport(const ConntrackEntry& entry) {
  const auto [source, destination, from, to] = entry.original;
  switch (entry.protocol) {
    case kTcp: return Tcp{.sport = from, .dport = to, .seq = 123456789, .ack = 987654321, .flags = kAck};
    case kUdp: return Udp{.sport = from, .dport = to};
    case kUdpLite: return UdpLite{.sport = from, .dport = to};
    case kEsp: return Esp{};
    default: return Echo{.id = from};
  }
}

Layers packet_of(const ConntrackEntry& entry, const std::string& source, const std::string& destination) {
  const Layer ip = entry.original.source.is_ipv4() ? Layer(Ip4{.src = source, .dst = destination})
                                                   : Layer(Ip6{.src = source, .dst = destination});
  return Layers{ip, transport(entry)} / text("hello");
}

TEST_IN_NETWORK(ConntrackTranslation, PacketsOfAWrittenFlowAreRewrittenInBothDirections) {
  TranslationLab lab;
  ASSERT_TRUE(lab.ready) << "nft takes no rules";
  for (const TranslatedFlow& flow : kTranslatedFlows) {
    const ConntrackEntry entry = entry_of(flow);
    lab.create(entry);
    const std::string source = entry.original.source.to_string(),
                      asked = entry.original.destination.to_string();
    lab.behind(source).send(packet_of(entry, source, asked));
    const std::string receiver = entry.reply.source.to_string();
    const auto seen = lab.behind(receiver).receive();
    ASSERT_TRUE(seen) << flow.name << " does not arrive";
    EXPECT_EQ(seen->route(), flow.seen) << flow.name;
    EXPECT_EQ(seen->flaws(), "") << flow.name;
    lab.behind(receiver).send(answer_to(*seen));
    const auto answered = lab.behind(source).receive();
    ASSERT_TRUE(answered) << "the answer of " << flow.name << " does not arrive";
    EXPECT_EQ(answered->route(), reversed(flow.route)) << flow.name;
    EXPECT_EQ(answered->flaws(), "") << flow.name;
  }
}

TEST_IN_NETWORK(ConntrackTranslation, TheAnswerMaySpeakFirst) {
  TranslationLab lab;
  ASSERT_TRUE(lab.ready) << "nft takes no rules";
  lab.create(entry_of(kTranslatedFlows[1]));
  const Tcp data{.sport = 80, .dport = 40000, .seq = 4000000000, .ack = 7, .flags = kAck};
  lab.wan.send(Ip4{.src = "203.0.113.9", .dst = "203.0.113.1"} / data / text("late"));
  const auto seen = lab.lan.receive();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->route(), "203.0.113.9:80 > 192.168.10.2:40000");
}

// Their scale is not known, so a window that looks small says nothing.
TEST_IN_NETWORK(ConntrackTranslation, SequenceNumbersFarAheadPass) {
  TranslationLab lab;
  ASSERT_TRUE(lab.ready) << "nft takes no rules";
  lab.create(entry_of(kTranslatedFlows[1]));
  const Ip4 out{.src = "192.168.10.2", .dst = "203.0.113.9"};
  for (const uint32_t ahead : {0u, 100000u, 5000000u}) {
    lab.lan.send(out / Tcp{.seq = 1000 + ahead, .ack = 1, .flags = kAck, .window = 1});
    ASSERT_TRUE(lab.wan.receive()) << ahead;
  }
}

TEST_IN_NETWORK(ConntrackTranslation, WhatWasDeletedPassesNoMore) {
  TranslationLab lab;
  ASSERT_TRUE(lab.ready) << "nft takes no rules";
  const ConntrackEntry ends = entry_of(kTranslatedFlows[0]), stays = entry_of(kTranslatedFlows[1]);
  lab.create(ends);
  lab.create(stays);
  ASSERT_EQ(lab.conntrack.remove({&ends, 1})->done, 1u);
  lab.lan.send(packet_of(ends, "192.168.10.2", "203.0.113.9"));
  lab.lan.send(packet_of(stays, "192.168.10.2", "203.0.113.9"));
  const auto seen = lab.wan.receive();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->protocol, kTcp) << "the first that arrives is of the other flow";
}

TEST_IN_NETWORK(ConntrackTranslation, PacketsAndBytesAreCountedWhereAccountingIsOn) {
  TranslationLab lab;
  ASSERT_TRUE(lab.ready) << "nft takes no rules";
  ASSERT_TRUE(write_sysctl("net/netfilter/nf_conntrack_acct", "1"));
  const ConntrackEntry entry = entry_of(kTranslatedFlows[0]);
  lab.create(entry);
  lab.lan.send(packet_of(entry, "192.168.10.2", "203.0.113.9"));
  ASSERT_TRUE(lab.wan.receive());
  const auto found = lab.conntrack.find(entry).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->original_count, (ConntrackCount{1, 20 + 8 + 5}));
  EXPECT_EQ(found->reply_count, (ConntrackCount{0, 0}));
}

}   // namespace
}   // namespace sluice
