// SPDX-License-Identifier: GPL-2.0-or-later
// Connection tracking of a real kernel, each test in a network namespace that it makes for itself.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "../support/network_namespace.hpp"
#include "conntrack_entries.hpp"
#include "kernel/conntrack/conntrack.hpp"

namespace sluice {
namespace {

using test::entry_of;

struct ConntrackLab {
  Conntrack conntrack = Conntrack::open().value();

  std::vector<ConntrackEntry> all(const ConntrackFilter& filter = {}) {
    std::vector<ConntrackEntry> entries;
    const auto dumped = conntrack.dump([&](const ConntrackEntry& e) { entries.push_back(e); }, filter);
    EXPECT_TRUE(dumped) << dumped.error().message;
    return entries;
  }
  // "2 done", or more words where something else happened.
  static std::string told(const Result<ConntrackOutcome>& outcome) {
    if (!outcome) return outcome.error().message;
    std::string text = fmt::format("{} done", outcome->done);
    if (outcome->already) text += fmt::format(", {} already", outcome->already);
    if (outcome->gone) text += fmt::format(", {} gone", outcome->gone);
    for (const auto& failure : outcome->failures) text += fmt::format(", {}: {}", failure.index, failure.why);
    return text;
  }
  std::string create(const std::vector<ConntrackEntry>& entries) { return told(conntrack.create(entries)); }
};

ConntrackEntry numbered(uint32_t number) {
  const auto source = IpAddress::from_ipv4(0x0a400000 + number / 50000);
  ConntrackEntry entry =
      entry_of(IPPROTO_UDP, "10.64.0.1:1 > 198.51.100.7:53", "203.0.113.1:1 > 198.51.100.7:53");
  const auto port = static_cast<uint16_t>(1024 + number % 50000);
  entry.original.source = source;
  entry.original.source_port = port;
  entry.reply.destination = IpAddress::from_ipv4(0xcb007101 + number / 50000);
  entry.reply.destination_port = port;
  return entry;
}

// As tenants have them who go out by one address: the same from where, another port outside.
TEST_IN_NETWORK(ConntrackNamespace, FlowsThatLookAlikeAreToldApartByTheZoneOfTheirOriginal) {
  ConntrackLab lab;
  std::vector<ConntrackEntry> alike{numbered(1), numbered(1), numbered(1)};
  for (uint16_t i = 0; i < 2; ++i) {
    alike[i].zone = static_cast<uint16_t>(7 + i);
    alike[i].zone_of_original = true;
    alike[i].reply.destination_port = static_cast<uint16_t>(4000 + i);
  }
  EXPECT_EQ(lab.create(alike), "3 done");
  const auto found = lab.conntrack.find(alike[1]).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->reply, alike[1].reply);
  EXPECT_EQ(found->zone, 8);
  EXPECT_TRUE(found->zone_of_original);
  EXPECT_EQ(ConntrackLab::told(lab.conntrack.remove({{alike[1]}})), "1 done");
  EXPECT_EQ(lab.all().size(), 2u);
  EXPECT_FALSE(lab.conntrack.find(alike[1]).value());
  alike[2].reply = alike[0].reply;
  alike[2].zone = 9;
  alike[2].zone_of_original = true;
  EXPECT_NE(lab.create({alike[2]}).find("another flow has the addresses and ports of its answers"),
            std::string::npos);
}

TEST_IN_NETWORK(ConntrackNamespace, WhatIsCreatedIsListedWithItsTranslation) {
  ConntrackLab lab;
  for (const test::TranslatedFlow& flow : test::kTranslatedFlows) {
    const ConntrackEntry wanted = entry_of(flow);
    EXPECT_EQ(lab.create({wanted}), "1 done") << flow.name;
    const auto entries = lab.all();
    ASSERT_EQ(entries.size(), 1u) << flow.name;
    const ConntrackEntry& seen = entries[0];
    EXPECT_EQ(seen.protocol, wanted.protocol) << flow.name;
    EXPECT_EQ(seen.original, wanted.original) << flow.name;
    EXPECT_EQ(seen.reply, wanted.reply) << flow.name;
    EXPECT_EQ(seen.mark, wanted.mark);
    EXPECT_EQ(seen.tcp_state, wanted.tcp_state);
    EXPECT_TRUE(seen.timeout_seconds > 95 && seen.timeout_seconds <= 100) << seen.timeout_seconds;
    EXPECT_TRUE(seen.has_status(IPS_SEEN_REPLY | IPS_ASSURED | IPS_CONFIRMED)) << seen.status;
    EXPECT_EQ(seen.has_status(IPS_SRC_NAT), wanted.reply.destination != wanted.original.source) << flow.name;
    EXPECT_EQ(seen.has_status(IPS_DST_NAT), wanted.reply.source != wanted.original.destination) << flow.name;
    EXPECT_EQ(ConntrackLab::told(lab.conntrack.remove({&seen, 1})), "1 done");
  }
  EXPECT_TRUE(lab.all().empty());
}

TEST_IN_NETWORK(ConntrackNamespace, AHalfOpenFlowHasSeenNoAnswer) {
  ConntrackLab lab;
  ConntrackEntry opening = entry_of(test::kTranslatedFlows[1]);
  opening.status = 0;
  opening.tcp_state = TCP_CONNTRACK_SYN_SENT;
  EXPECT_EQ(lab.create({opening}), "1 done");
  EXPECT_FALSE(lab.all().at(0).has_status(IPS_SEEN_REPLY));
  EXPECT_EQ(lab.all().at(0).tcp_state, TCP_CONNTRACK_SYN_SENT);
}

TEST_IN_NETWORK(ConntrackNamespace, AListIsOfTheMarksThatWereAskedFor) {
  ConntrackLab lab;
  ConntrackEntry one = entry_of(test::kTranslatedFlows[0]), other = entry_of(test::kTranslatedFlows[1]),
                 strange = entry_of(test::kTranslatedFlows[2]);
  one.mark = 0x10040001;
  other.mark = 0x10080002;
  strange.mark = 0;
  EXPECT_EQ(lab.create({one, other, strange}), "3 done");
  EXPECT_EQ(lab.all().size(), 3u);
  EXPECT_EQ(lab.all({0x10000000, 0xf0000000}).size(), 2u);
  EXPECT_EQ(lab.all({0x10080000, 0xfffc0000}).size(), 1u);
}

TEST_IN_NETWORK(ConntrackNamespace, OneIsFoundByItsOriginalDirection) {
  ConntrackLab lab;
  for (const test::TranslatedFlow& flow : test::kTranslatedFlows) {
    const ConntrackEntry wanted = entry_of(flow);
    EXPECT_EQ(lab.conntrack.find(wanted).value(), std::nullopt);
    EXPECT_EQ(lab.create({wanted}), "1 done") << flow.name;
    EXPECT_EQ(lab.conntrack.find(wanted).value()->reply, wanted.reply) << flow.name;
    EXPECT_EQ(ConntrackLab::told(lab.conntrack.remove({&wanted, 1})), "1 done");
  }
}

TEST_IN_NETWORK(ConntrackNamespace, MarksAreChangedAndWhatIsGoneIsNoFailure) {
  ConntrackLab lab;
  std::vector<ConntrackEntry> entries{entry_of(test::kTranslatedFlows[0]),
                                      entry_of(test::kTranslatedFlows[1])};
  EXPECT_EQ(lab.create({entries[0]}), "1 done");
  for (ConntrackEntry& entry : entries) entry.mark = 0x20040005;
  EXPECT_EQ(ConntrackLab::told(lab.conntrack.set_marks(entries)), "1 done, 1 gone");
  EXPECT_EQ(lab.all().at(0).mark, 0x20040005u);
  EXPECT_EQ(ConntrackLab::told(lab.conntrack.remove(entries)), "1 done, 1 gone");
}

TEST_IN_NETWORK(ConntrackNamespace, WhatIsThereAlreadyIsRefreshed) {
  ConntrackLab lab;
  ConntrackEntry entry = entry_of(test::kTranslatedFlows[0]);
  EXPECT_EQ(lab.create({entry}), "1 done");
  entry.mark = 0x20040005;
  entry.timeout_seconds = 50;
  EXPECT_EQ(lab.create({entry}), "0 done, 1 already");
  EXPECT_EQ(lab.all().at(0).mark, 0x20040005u);
  EXPECT_LE(lab.all().at(0).timeout_seconds, 50u);
}

// As another machine carries it: its port began another connection there.
TEST_IN_NETWORK(ConntrackNamespace, WhatIsKeptIsAsOpenAsItIsElsewhere) {
  ConntrackLab lab;
  ConntrackEntry entry = entry_of(test::kTranslatedFlows[1]);
  for (const uint8_t known : {TCP_CONNTRACK_FIN_WAIT, TCP_CONNTRACK_SYN_RECV}) {
    entry.tcp_state = known;
    entry.status = known == TCP_CONNTRACK_SYN_RECV ? 0 : IPS_SEEN_REPLY | IPS_ASSURED;
    EXPECT_EQ(lab.create({entry}), "1 done");
    entry.tcp_state = TCP_CONNTRACK_ESTABLISHED;
    entry.status = IPS_SEEN_REPLY | IPS_ASSURED;
    EXPECT_EQ(lab.create({entry}), "0 done, 1 already");
    EXPECT_EQ(lab.all().at(0).tcp_state, known) << "what the kernel saw here is better known";
    EXPECT_EQ(ConntrackLab::told(lab.conntrack.keep({&entry, 1})), "0 done, 1 already");
    EXPECT_EQ(lab.all().at(0).tcp_state, TCP_CONNTRACK_ESTABLISHED);
    EXPECT_TRUE(lab.all().at(0).has_status(IPS_SEEN_REPLY | IPS_ASSURED));
    EXPECT_EQ(ConntrackLab::told(lab.conntrack.remove({&entry, 1})), "1 done");
  }
  EXPECT_EQ(ConntrackLab::told(lab.conntrack.keep({&entry, 1})), "1 done") << "or as one that is created";
}

// Which an entry has when it is made, or never: one that was made without is of another connection.
TEST_IN_NETWORK(ConntrackNamespace, WhatIsAddedToAnswersIsAsItIsWanted) {
  ConntrackLab lab;
  ConntrackEntry entry = entry_of(test::kTranslatedFlows[1]);
  const auto kept = [&] { return ConntrackLab::told(lab.conntrack.keep({&entry, 1})); };
  const std::optional<uint32_t> wanted[] = {std::nullopt, 5u, 0xfffffff0u, std::nullopt};
  for (const auto& added : wanted) {
    entry.added_to_answers = added;
    EXPECT_EQ(kept(), "1 done");
    EXPECT_EQ(lab.all().at(0).added_to_answers, added);
    EXPECT_EQ(lab.all().at(0).has_status(IPS_SEQ_ADJUST), added.has_value());
    EXPECT_EQ(kept(), "0 done, 1 already");
    EXPECT_EQ(lab.create({entry}), "0 done, 1 already");
    EXPECT_EQ(lab.all().at(0).added_to_answers, added);
  }
}

TEST_IN_NETWORK(ConntrackNamespace, AnotherTranslationOfTheSameFlowIsReplaced) {
  ConntrackLab lab;
  const auto flow = "192.168.10.2:40000 > 203.0.113.9:53";
  EXPECT_EQ(lab.create({entry_of(IPPROTO_UDP, flow, flow)}), "1 done");
  const ConntrackEntry translated = entry_of(IPPROTO_UDP, flow, "203.0.113.1:7 > 203.0.113.9:53");
  EXPECT_EQ(lab.create({translated}), "1 done");
  ASSERT_EQ(lab.all().size(), 1u);
  EXPECT_EQ(lab.all()[0].reply, translated.reply);
}

TEST_IN_NETWORK(ConntrackNamespace, OneFailureDoesNotStopTheOthers) {
  ConntrackLab lab;
  const auto outside = "203.0.113.1:7 > 203.0.113.9:53";
  std::vector<ConntrackEntry> entries;
  for (uint32_t number = 0; number < 200; ++number) entries.push_back(numbered(number));
  entries[100] = entry_of(IPPROTO_UDP, "192.168.10.2:1 > 203.0.113.9:53", outside);
  entries[101] = entry_of(IPPROTO_UDP, "192.168.10.3:1 > 203.0.113.9:53", outside);
  EXPECT_EQ(
      lab.create(entries),
      "199 done, 101: create flow udp 192.168.10.3:1 > 203.0.113.9:53 in conntrack: another flow has the "
      "addresses and ports of its answers");
  EXPECT_EQ(lab.all().size(), 199u);
}

TEST_IN_NETWORK(ConntrackNamespace, TwentyThousandAreDoneInManyBatches) {
  ConntrackLab lab;
  std::vector<ConntrackEntry> entries;
  for (uint32_t number = 0; number < 20000; ++number) entries.push_back(numbered(number));
  const auto created = lab.conntrack.create(entries);
  ASSERT_TRUE(created) << created.error().message;
  if (!created->failures.empty() && created->failures[0].why.ends_with("Cannot allocate memory"))
    GTEST_SKIP() << "this machine's table is too small";
  EXPECT_EQ(created->done, 20000u) << ConntrackLab::told(created).substr(0, 500);
  EXPECT_EQ(lab.all().size(), 20000u);
  EXPECT_EQ(lab.conntrack.create(entries)->already, 20000u);
  EXPECT_EQ(lab.conntrack.set_marks(entries)->done, 20000u);
  EXPECT_EQ(lab.conntrack.remove(entries)->done, 20000u);
}

TEST_IN_NETWORK(ConntrackNamespace, WithoutThePrivilegeItSaysSo) {
  ConntrackLab lab;
  ASSERT_EQ(::setuid(65534), 0);
  Conntrack conntrack = Conntrack::open().value();
  const std::vector<ConntrackEntry> entries{numbered(1), numbered(2)};
  const auto created = conntrack.create(entries);
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().kind, ErrorKind::kNotPermitted);
  EXPECT_EQ(created.error().message,
            "create flow udp 10.64.0.0:1025 > 198.51.100.7:53 in conntrack: Operation "
            "not permitted");
  const auto dumped = conntrack.dump([](const ConntrackEntry&) {});
  ASSERT_FALSE(dumped);
  EXPECT_EQ(dumped.error().message, "list the flows in conntrack: Operation not permitted");
}

}   // namespace
}   // namespace sluice
