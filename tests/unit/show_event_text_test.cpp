// SPDX-License-Identifier: GPL-2.0-or-later
// Events of translation as they stand in logs: RFC 8158's fields, and no destination.
#include <gtest/gtest.h>

#include <algorithm>

#include "show/event_text.hpp"

namespace sluice {
namespace {

NatEvent event(EventKind kind) {
  return {.kind = kind,
          .protocol = 6,
          .inside = *IpAddress::parse("192.168.10.2"),
          .outside = *IpAddress::parse("203.0.113.1"),
          .inside_port = 4000,
          .outside_port = 4001,
          .rule = "out",
          .time = std::chrono::system_clock::from_time_t(1'800'000'000) + std::chrono::milliseconds(57)};
}

NatEvent about_host(EventKind kind, uint32_t count) {
  NatEvent e = event(kind);
  e.inside_port = e.outside_port = 0;
  e.count = count;
  return e;
}

bool has(const std::vector<std::string>& fields, std::string_view field) {
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

TEST(EventText, MappingIsOneLineWithItsEnds) {
  EXPECT_EQ(json_line(entry_of(event(EventKind::kMappingMade))),
            R"({"time":"2027-01-15T08:00:00.057Z","event":"mapping-made","nat_event":8,"protocol":"tcp",)"
            R"("inside":"192.168.10.2","inside_port":4000,"outside":"203.0.113.1","outside_port":4001,)"
            R"("masquerade":"out","vrf":0,"priority":"info",)"
            R"("message":"masquerade \"out\": tcp 192.168.10.2:4000 is 203.0.113.1:4001 outside"})");
}

TEST(EventText, JournalHasTheSameAsFields) {
  const auto fields = journal_fields(entry_of(event(EventKind::kMappingEnded)));
  for (const char* field :
       {"MESSAGE=masquerade \"out\": tcp 192.168.10.2:4000 is 203.0.113.1:4001 outside no more", "PRIORITY=6",
        "MESSAGE_ID=d4dfd1b3617843bfac284fdb32e6e772", "SLUICE_EVENT=mapping-ended", "SLUICE_NAT_EVENT=9",
        "SLUICE_INSIDE_PORT=4000", "SLUICE_OUTSIDE=203.0.113.1", "SLUICE_MASQUERADE=out", "SLUICE_VRF=0"})
    EXPECT_TRUE(has(fields, field)) << field;
}

TEST(EventText, AnEndpointOfANetworkIsNamed) {
  NatEvent e = about_host(EventKind::kHostFlows, 256);
  e.rule.clear();
  e.vrf = 20'000;
  e.endpoint = "home/phone";
  const EventEntry entry = entry_of(e);
  EXPECT_EQ(entry.message, "endpoint home/phone: 192.168.10.2 has 256 flows, as many as a host may have");
  for (const char* field : {"SLUICE_NETWORK=home", "SLUICE_ENDPOINT=phone", "SLUICE_VRF=20000"})
    EXPECT_TRUE(has(journal_fields(entry), field)) << field;
}

TEST(EventText, Ipv6IsInBrackets) {
  NatEvent e = event(EventKind::kMappingMade);
  e.inside = *IpAddress::parse("2001:db8:10::2");
  EXPECT_NE(entry_of(e).message.find("[2001:db8:10::2]:4000"), std::string::npos);
}

TEST(EventText, WhatRunsOutIsAWarningThatNamesHostAndRule) {
  const EventEntry ports = entry_of(about_host(EventKind::kPortsExhausted, 0));
  EXPECT_EQ(ports.priority, 4);
  EXPECT_EQ(ports.message, "masquerade \"out\": no tcp port of 203.0.113.1 is free for 192.168.10.2");
  EXPECT_EQ(ports.fields["nat_event"], 12);
  const EventEntry quota = entry_of(about_host(EventKind::kHostMappings, 16384));
  EXPECT_EQ(quota.message,
            "masquerade \"out\": 192.168.10.2 has 16,384 mappings, as many as a host may have");
  EXPECT_EQ(quota.fields["nat_event"], 13);
  EXPECT_EQ(quota.fields["nat_quota_exceeded_event"], 3);
  EXPECT_EQ(quota.fields["count"], 16384);
  NatEvent beyond = about_host(EventKind::kPortsExhausted, 0);
  beyond.outside = {};
  EXPECT_EQ(entry_of(beyond).message,
            "masquerade \"out\": 192.168.10.2 is not among the hosts that have ports");
  EXPECT_EQ(entry_of(beyond).fields["nat_event"], 3) << "addresses exhausted";
  EXPECT_EQ(entry_of(about_host(EventKind::kMappingsFull, 0)).fields["nat_quota_exceeded_event"], 2);
}

TEST(EventText, FlowsHaveNoMasquerade) {
  NatEvent e = about_host(EventKind::kTableFull, 0);
  e.rule.clear();
  e.outside = {};
  const EventEntry entry = entry_of(e);
  EXPECT_EQ(entry.message, "no room for another flow, which 192.168.10.2 asks for");
  EXPECT_FALSE(entry.fields.contains("masquerade"));
  EXPECT_FALSE(entry.fields.contains("outside"));
}

TEST(EventText, AFloodOfSynsNamesTheTarget) {
  NatEvent e = about_host(EventKind::kTargetHalfOpen, 256);
  e.rule.clear();
  e.inside_port = 8080;
  const EventEntry entry = entry_of(e);
  EXPECT_EQ(entry.message, "192.168.10.2:8080 has 256 half-open connections, as many as its forward allows");
  EXPECT_EQ(entry.fields["event"], "target-half-open");
}

TEST(EventText, MessageIdsAreAllDifferent) {
  std::vector<std::string> ids{std::string(entry_of_lost(1, {}).id)};
  for (int kind = 1; kind <= 9; ++kind) {
    ids.emplace_back(entry_of(event(static_cast<EventKind>(kind))).id);
    EXPECT_EQ(ids.back().size(), 32u);
  }
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
}

TEST(EventText, LostOnesAreOneLine) {
  const EventEntry entry = entry_of_lost(1234, std::chrono::system_clock::from_time_t(1'800'000'000));
  EXPECT_EQ(entry.message, "1,234 events found no room in the ring and are not logged");
  EXPECT_EQ(entry.fields["count"], 1234);
}

}   // namespace
}   // namespace sluice
