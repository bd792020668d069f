// SPDX-License-Identifier: GPL-2.0-or-later
// Requests read back as if the kernel had sent them.
#include <gtest/gtest.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "../support/netlink_messages.hpp"
#include "conntrack_entries.hpp"
#include "kernel/conntrack/messages.hpp"
#include "kernel/conntrack/tuple.hpp"

namespace sluice {
namespace {

using test::entry_of;
using test::kTranslatedFlows;
using test::Message;

Attributes attributes_of(const Message& message) { return Attributes::of(*message, sizeof(nfgenmsg)); }

TEST(ConntrackMessages, ARequestToCreateHasTheAnswersAsNobodyTranslatesThem) {
  for (const test::TranslatedFlow& flow : kTranslatedFlows) {
    const ConntrackEntry entry = entry_of(flow);
    const auto read = parse_conntrack(*Message(conntrack_create_request(entry)));
    ASSERT_TRUE(read) << flow.name;
    EXPECT_EQ(read->protocol, entry.protocol);
    EXPECT_EQ(read->original, entry.original) << flow.name;
    EXPECT_EQ(read->reply, entry.original.turned()) << flow.name;
    EXPECT_EQ(read->mark, entry.mark);
    EXPECT_EQ(read->timeout_seconds, entry.timeout_seconds);
    EXPECT_EQ(read->tcp_state, entry.tcp_state);
    EXPECT_EQ(read->status, uint32_t{IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED});
    EXPECT_EQ(read->original_count, std::nullopt);
  }
}

TEST(ConntrackMessages, TheTranslationIsExact) {
  const Message request(conntrack_create_request(entry_of(kTranslatedFlows[0])));
  const Attributes source = attributes_of(request).nest(CTA_NAT_SRC),
                   destination = attributes_of(request).nest(CTA_NAT_DST);
  for (const uint16_t type : {CTA_NAT_V4_MINIP, CTA_NAT_V4_MAXIP}) {
    EXPECT_EQ(be32(source.bytes(type)), 0xcb007101u);
    EXPECT_EQ(be32(destination.bytes(type)), 0xcb007109u);
  }
  for (const uint16_t type : {CTA_PROTONAT_PORT_MIN, CTA_PROTONAT_PORT_MAX}) {
    EXPECT_EQ(be16(source.nest(CTA_NAT_PROTO).bytes(type)), 41000);
    EXPECT_EQ(be16(destination.nest(CTA_NAT_PROTO).bytes(type)), 53);
  }
}

TEST(ConntrackMessages, OnlyBitsThatMayBeSetAreAskedFor) {
  ConntrackEntry entry = entry_of(kTranslatedFlows[0]);
  entry.status = IPS_DYING | IPS_SRC_NAT | IPS_SEEN_REPLY | IPS_OFFLOAD;
  const auto read = parse_conntrack(*Message(conntrack_create_request(entry)));
  EXPECT_EQ(read->status, uint32_t{IPS_CONFIRMED | IPS_SEEN_REPLY});
}

TEST(ConntrackMessages, WhatIsAddedToAnswersIsSaidWithAllThatTheKernelWants) {
  ConntrackEntry entry = entry_of(kTranslatedFlows[1]);
  const Message without(conntrack_create_request(entry));
  EXPECT_FALSE(attributes_of(without).has(CTA_SEQ_ADJ_REPLY));
  EXPECT_EQ(parse_conntrack(*without)->added_to_answers, std::nullopt);
  for (const uint32_t added : {0u, 5u, 0xfffffff0u}) {
    entry.added_to_answers = added;
    const Message request(conntrack_create_request(entry));
    EXPECT_EQ(parse_conntrack(*request)->added_to_answers, added);
    const Attributes nest = attributes_of(request).nest(CTA_SEQ_ADJ_REPLY);
    EXPECT_EQ(be32(nest.bytes(CTA_SEQADJ_OFFSET_BEFORE)), added);
    EXPECT_TRUE(nest.has(CTA_SEQADJ_CORRECTION_POS));
  }
}

// As the kernel tells of what its synproxy asks for.
TEST(ConntrackMessages, WhatSynproxyAskedForHasACookie) {
  NlRequest told = conntrack_create_request(entry_of(kTranslatedFlows[1]));
  EXPECT_FALSE(parse_conntrack(*Message(told))->by_synproxy);
  std::move(told).nest(CTA_SYNPROXY,
                       [](NlRequest&& nest) { std::move(nest).u32(CTA_SYNPROXY_ISN, htonl(7)); });
  EXPECT_TRUE(parse_conntrack(*Message(told))->by_synproxy);
}

TEST(ConntrackMessages, AnEntryOfAnotherZoneIsDeletedThere) {
  ConntrackEntry entry = entry_of(kTranslatedFlows[0]);
  EXPECT_FALSE(attributes_of(Message(conntrack_delete_request(entry))).has(CTA_ZONE));
  entry.zone = 7;
  EXPECT_EQ(be16(attributes_of(Message(conntrack_delete_request(entry))).bytes(CTA_ZONE)), 7);
}

TEST(ConntrackMessages, AZoneMayTellApartTheOriginalDirectionOnly) {
  ConntrackEntry entry = entry_of(kTranslatedFlows[0]);
  entry.zone = 7;
  entry.zone_of_original = true;
  const Message request(conntrack_create_request(entry));
  EXPECT_FALSE(attributes_of(request).has(CTA_ZONE));
  EXPECT_EQ(be16(attributes_of(request).nest(CTA_TUPLE_ORIG).bytes(CTA_TUPLE_ZONE)), 7);
  EXPECT_FALSE(attributes_of(request).nest(CTA_TUPLE_REPLY).has(CTA_TUPLE_ZONE));
  const auto read = parse_conntrack(*request);
  EXPECT_EQ(read->zone, 7);
  EXPECT_TRUE(read->zone_of_original);
}

TEST(ConntrackMessages, AFilterIsOfMarksThatWereAskedFor) {
  EXPECT_FALSE(attributes_of(Message(conntrack_dump_request({}))).has(CTA_MARK));
  const Message filtered(conntrack_dump_request({0x10000000, 0xf0000000}));
  EXPECT_EQ(be32(attributes_of(filtered).bytes(CTA_MARK)), 0x10000000u);
  EXPECT_EQ(be32(attributes_of(filtered).bytes(CTA_MARK_MASK)), 0xf0000000u);
}

// An answer without a number is not the answer that there are none.
TEST(ConntrackMessages, ACountIsReadWhereThereIsOne) {
  NlRequest answer = conntrack_count_request();
  EXPECT_EQ(parse_conntrack_count(*Message(answer)), std::nullopt);
  std::move(answer).u32(CTA_STATS_GLOBAL_ENTRIES, htonl(70'000));
  EXPECT_EQ(parse_conntrack_count(*Message(answer)), 70'000u);
  test::cut_at_every_byte(answer, [](const nlmsghdr& message) {
    const auto read = parse_conntrack_count(message);
    EXPECT_TRUE(!read || read == 70'000u);
  });
}

TEST(ConntrackMessages, WhatIsCutIsReadAsFarAsItGoes) {
  for (const test::TranslatedFlow& flow : kTranslatedFlows) {
    const ConntrackEntry entry = entry_of(flow);
    test::cut_at_every_byte(conntrack_create_request(entry), [&](const nlmsghdr& message) {
      const auto read = parse_conntrack(message);
      EXPECT_TRUE(!read || read->original == entry.original) << flow.name;
    });
  }
}

TEST(ConntrackMessages, OtherMessagesAreNoEntries) {
  EXPECT_EQ(parse_conntrack(*Message(conntrack_delete_request(entry_of(kTranslatedFlows[0])))), std::nullopt);
  EXPECT_EQ(parse_conntrack(*Message(conntrack_dump_request({}))), std::nullopt);
}

TEST(ConntrackMessages, FlowsInSentences) {
  EXPECT_EQ(to_string(entry_of(kTranslatedFlows[0])), "udp 192.168.10.2:40000 > 203.0.113.9:53");
  EXPECT_EQ(to_string(entry_of(kTranslatedFlows[4])), "esp 192.168.10.2 > 203.0.113.9");
  EXPECT_EQ(to_string(entry_of(kTranslatedFlows[10])), "udp [2001:db8:10::2]:40000 > [2001:db8:f::9]:53");
}

}   // namespace
}   // namespace sluice
