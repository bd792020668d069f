// SPDX-License-Identifier: GPL-2.0-or-later
// Messages of IPFIX, byte by byte as RFC 7011 and RFC 8158 have them.
#include <gtest/gtest.h>

#include <map>

#include "ipfix/session.hpp"
#include "ipfix/templates.hpp"
#include "model/address.hpp"

namespace sluice::test {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint64_t kTime = 1'800'000'000'057;   // 0x000001a3185c5039
constexpr uint32_t kNow = 0x6b49d200;

NatRecord mapping(const char* inside = "192.168.10.2", const char* outside = "203.0.113.1") {
  NatRecord record{.time = kTime};
  record.inside = IpAddress::parse(inside)->bytes();
  record.outside = IpAddress::parse(outside)->bytes();
  record.vrf = 1100;
  record.inside_port = 4000;
  record.outside_port = 41001;
  record.event = NatEventNumber::kBibMade;
  record.protocol = 17;
  return record;
}

uint32_t number_at(const Bytes& bytes, size_t at, size_t size) {
  uint32_t number = 0;
  for (size_t i = 0; i < size; ++i) number = number << 8 | bytes.at(at + i);
  return number;
}

// Each set of a message: its id and what is in it.
std::vector<std::pair<uint32_t, Bytes>> sets_of(const Bytes& message) {
  std::vector<std::pair<uint32_t, Bytes>> sets;
  for (size_t at = 16; at < message.size();) {
    const uint32_t length = number_at(message, at + 2, 2);
    const auto begin = message.begin() + static_cast<ptrdiff_t>(at);
    sets.emplace_back(number_at(message, at, 2), Bytes(begin + 4, begin + length));
    at += length;
  }
  return sets;
}

// The elements of each template with their lengths.
std::map<uint32_t, std::vector<std::pair<uint32_t, uint32_t>>> templates_in(const Bytes& set) {
  std::map<uint32_t, std::vector<std::pair<uint32_t, uint32_t>>> templates;
  for (size_t at = 0; at < set.size();) {
    auto& elements = templates[number_at(set, at, 2)];
    const uint32_t count = number_at(set, at + 2, 2);
    at += 4;
    for (uint32_t i = 0; i < count; ++i, at += 4)
      elements.emplace_back(number_at(set, at, 2), number_at(set, at + 2, 2));
  }
  return templates;
}

// Without templates, as any message but the first.
IpfixSession told_session(size_t longest = 1400, uint32_t domain = 7) {
  IpfixSession session(domain, longest);
  session.note_sent(session.message({}, kNow));
  return session;
}

Bytes record_bytes(const NatRecord& record) {
  const auto sets = sets_of(told_session().message({&record, 1}, kNow).bytes);
  EXPECT_EQ(sets.size(), 1U);
  EXPECT_EQ(sets.front().first, template_of(record).id);
  return sets.front().second;
}

TEST(Ipfix, MappingOfNat44IsTheseBytes) {
  const NatRecord record = mapping();
  const auto message = told_session().message({&record, 1}, kNow);
  EXPECT_EQ(message.records, 1U);
  EXPECT_EQ(message.bytes,
            (Bytes{0,    10,   0,    46,   0x6b, 0x49, 0xd2, 0x00, 0, 0, 0, 0, 0, 0, 0, 7,   // domain
                   1,    0,    0,    30,                                                     // set 256
                   0,    0,    0x01, 0xa3, 0x18, 0x5c, 0x50, 0x39,                           // time
                   8,    17,                                            // event, protocol
                   192,  168,  10,   2,    203,  0,    113,  1,         // addresses
                   0x0f, 0xa0, 0xa0, 0x29, 0,    0,    0x04, 0x4c}));   // ports, VRF
}

TEST(Ipfix, FirstMessageTellsTheTemplatesOfTheRfc) {
  const NatRecord record = mapping();
  const IpfixSession session(7, 1400);
  const auto sets = sets_of(session.message({&record, 1}, kNow).bytes);
  ASSERT_EQ(sets.size(), 2U);
  EXPECT_EQ(sets[0].first, 2U);
  auto templates = templates_in(sets[0].second);
  using Elements = std::vector<std::pair<uint32_t, uint32_t>>;
  EXPECT_EQ(templates.size(), 9U);
  EXPECT_EQ(templates[256],
            (Elements{{323, 8}, {230, 1}, {4, 1}, {8, 4}, {225, 4}, {7, 2}, {227, 2}, {234, 4}}));
  EXPECT_EQ(templates[257],
            (Elements{{323, 8}, {230, 1}, {4, 1}, {27, 16}, {281, 16}, {7, 2}, {227, 2}, {234, 4}}));
  EXPECT_EQ(templates[258], (Elements{{323, 8}, {230, 1}, {283, 4}, {234, 4}}));
  EXPECT_EQ(templates[259], (Elements{{323, 8}, {230, 1}, {225, 4}, {4, 1}, {234, 4}}));
  EXPECT_EQ(templates[260], (Elements{{323, 8}, {230, 1}, {281, 16}, {4, 1}, {234, 4}}));
  EXPECT_EQ(templates[261], (Elements{{323, 8}, {230, 1}, {466, 4}, {471, 4}, {234, 4}}));
  EXPECT_EQ(templates[262], (Elements{{323, 8}, {230, 1}, {466, 4}, {472, 4}, {234, 4}}));
  EXPECT_EQ(templates[263], (Elements{{323, 8}, {230, 1}, {466, 4}, {473, 4}, {8, 4}, {234, 4}}));
  EXPECT_EQ(templates[264], (Elements{{323, 8}, {230, 1}, {466, 4}, {473, 4}, {27, 16}, {234, 4}}));
}

TEST(Ipfix, Ipv6ToIpv6HasElementsOfIpv6) {
  NatRecord six = mapping("2001:db8::2", "2001:db8:f::1");
  six.event = NatEventNumber::kBibEnded;
  const Bytes bytes = record_bytes(six);
  EXPECT_EQ(bytes.size(), 50U);
  EXPECT_EQ(Bytes(bytes.begin() + 8, bytes.begin() + 14), (Bytes{9, 17, 0x20, 0x01, 0x0d, 0xb8}));
  EXPECT_EQ(template_of(six).id, 257);
}

TEST(Ipfix, WhatRunsOutHasItsLimit) {
  NatRecord record = mapping();
  record.event = NatEventNumber::kQuotaExceeded;
  record.limit = 4000;
  record.pool = 3;
  record.quota = QuotaNumber::kOfHost;
  EXPECT_EQ(record_bytes(record), (Bytes{0, 0, 0x01, 0xa3, 0x18, 0x5c, 0x50, 0x39, 13, 0, 0,    0,   3,
                                         0, 0, 0x0f, 0xa0, 192,  168,  10,   2,    0,  0, 0x04, 0x4c}));
  record.quota = QuotaNumber::kSessions;
  EXPECT_EQ(number_at(record_bytes(record), 13, 4), 4000U);
  EXPECT_EQ(template_of(record).id, 261);
  record.quota = QuotaNumber::kBibs;
  EXPECT_EQ(template_of(record).id, 262);
  record.event = NatEventNumber::kPortsExhausted;
  EXPECT_EQ(template_of(record).id, 259);
  record.event = NatEventNumber::kAddressesExhausted;
  EXPECT_EQ(number_at(record_bytes(record), 9, 4), 3U) << "the pool";
}

TEST(Ipfix, NoMessageIsLongerThanItMayBe) {
  std::vector<NatRecord> records(500, mapping());
  for (size_t i = 0; i < records.size(); i += 3) records[i] = mapping("2001:db8::2", "2001:db8:f::1");
  for (const size_t longest : {size_t{512}, size_t{1400}, size_t{9000}}) {
    IpfixSession session(7, longest);
    std::span<const NatRecord> left = records;
    while (!left.empty()) {
      const auto message = session.message(left, kNow);
      ASSERT_GT(message.records, 0U);
      ASSERT_LE(message.bytes.size(), longest);
      ASSERT_EQ(number_at(message.bytes, 2, 2), message.bytes.size());
      size_t bytes = 0;
      for (const auto& [id, set] : sets_of(message.bytes))
        if (id != 2) bytes += set.size();
      size_t wanted = 0;
      for (const NatRecord& one : left.first(message.records)) wanted += template_of(one).length();
      ASSERT_EQ(bytes, wanted);
      session.note_sent(message);
      left = left.subspan(message.records);
    }
  }
}

TEST(Ipfix, SequenceNumbersCountRecordsAlsoThoseThatAreLost) {
  const std::vector<NatRecord> records(3, mapping());
  IpfixSession session = told_session();
  const auto sequence = [&] { return number_at(session.message(records, kNow).bytes, 8, 4); };
  EXPECT_EQ(sequence(), 0U);
  session.note_sent(session.message(records, kNow));
  EXPECT_EQ(sequence(), 3U);
  EXPECT_EQ(sequence(), 3U) << "it was made, and not sent";
  session.skip(10);
  EXPECT_EQ(sequence(), 13U);
  session.skip(0x1'0000'0000 - 14);
  EXPECT_EQ(sequence(), 0xffffffffU);
  session.note_sent(session.message(records, kNow));
  EXPECT_EQ(sequence(), 2U) << "modulo 2^32";
}

TEST(Ipfix, TemplatesComeAgainWhenTheyAreAskedFor) {
  const NatRecord record = mapping();
  IpfixSession session = told_session();
  const auto has_templates = [&] { return sets_of(session.message({&record, 1}, kNow).bytes)[0].first == 2; };
  EXPECT_FALSE(has_templates());
  session.tell_templates();
  EXPECT_TRUE(has_templates());
  session.note_sent(session.message({&record, 1}, kNow));
  EXPECT_FALSE(has_templates());
}

}   // namespace
}   // namespace sluice::test
