// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>

#include "dns/known_names.hpp"
#include "dns/message.hpp"
#include "dns/wire_text.hpp"

namespace sluice {
namespace {

using dns::Bytes;
using std::chrono::seconds;
using testing::ElementsAre;

constexpr uint16_t kDnsId = 0x1234;

Bytes question_of(const std::string& name, uint16_t type) {
  Bytes bytes = dns::wire_of_name(name);
  for (const int byte : {type >> 8, type & 255, 0, 1}) bytes.push_back(static_cast<uint8_t>(byte));
  return bytes;
}

Bytes dns_query(const std::string& name, uint16_t type = dns::kTypeA) {
  Bytes message{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
  const Bytes question = question_of(name, type);
  message.insert(message.end(), question.begin(), question.end());
  return message;
}

struct DnsRow {
  uint16_t type;
  uint32_t ttl;
  Bytes data;
};

// The rows are of the name that was asked for.
Bytes dns_reply(const std::string& name, const std::vector<DnsRow>& answers,
                const std::vector<DnsRow>& authority = {}, uint8_t flags2 = 0x81, uint8_t flags3 = 0x80) {
  Bytes message = dns_query(name);
  message[2] = flags2;
  message[3] = flags3;
  message[7] = static_cast<uint8_t>(answers.size());
  message[9] = static_cast<uint8_t>(authority.size());
  for (const auto* rows : {&answers, &authority})
    for (const auto& [type, ttl, data] : *rows) {
      for (const uint32_t byte : {0xc0u, 12u, type / 256u, type % 256u, 0u, 1u, ttl >> 24, ttl >> 16 & 255,
                                  ttl >> 8 & 255, ttl & 255, 0u, static_cast<uint32_t>(data.size())})
        message.push_back(static_cast<uint8_t>(byte));
      message.insert(message.end(), data.begin(), data.end());
    }
  return message;
}

dns::Query asked_for(const std::string& name, uint16_t type = dns::kTypeA) {
  return *dns::read_query(dns_query(name, type));
}

const Bytes kOneAddress{192, 0, 2, 1};

TEST(DnsMessage, ANameIsReadInLowerCase) {
  const auto query = dns::read_query(dns_query("WWW.Example.org"));
  ASSERT_TRUE(query);
  EXPECT_EQ(query->name, "www.example.org");
  EXPECT_EQ(query->id, kDnsId);
  EXPECT_EQ(query->room, dns::kPlainPayload);
  EXPECT_TRUE(query->recursion);
}

TEST(DnsMessage, WhatIsNoQuestionIsRefusedOrPassedOver) {
  Bytes message = dns_query("www.example.org");
  message[2] |= 0x80;
  EXPECT_FALSE(dns::read_query(message).error()) << "an answer has none";
  EXPECT_FALSE(dns::read_query(Bytes{1, 2, 3}).error()) << "nobody to answer to";
  message[2] = 0x28;
  EXPECT_EQ(dns::read_query(message).error()->at(3), dns::kNotImp);
  message[2] = 1;
  message[5] = 2;
  EXPECT_EQ(dns::read_query(message).error()->at(3), dns::kFormErr);
  EXPECT_EQ(dns::read_query(dns_query("www.example.org", 252)).error()->at(3) & 15, dns::kRefused) << "AXFR";
  EXPECT_EQ(dns::read_query(dns_query("www.example.org", 255)).error()->at(3) & 15, dns::kRefused) << "ANY";
}

TEST(DnsMessage, BytesThatNoHostHasInItsNameAreTold) {
  EXPECT_EQ(dns::text_of_name(Bytes{2, 'a', '.', 1, 0xff, 0}), "a\\046.\\255");
  EXPECT_FALSE(dns::text_of_name(Bytes{2, 'a'}));
  EXPECT_FALSE(dns::text_of_name(Bytes{0xc0, 0}));
}

TEST(DnsMessage, AReplyLivesAsLongAsItsShortestRow) {
  const auto reply = dns::read_reply(dns_reply("a.example", {{1, 300, kOneAddress}, {1, 60, kOneAddress}}),
                                     asked_for("A.example"), kDnsId);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->lives, seconds(60));
  const Bytes answer = dns::write_answer(*reply, asked_for("A.example"), seconds(50), 512);
  const auto again = dns::read_reply(answer, asked_for("a.example"), kDnsId);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->lives, seconds(10));
  EXPECT_EQ(answer[13], 'A') << "as the client spelt it";
}

TEST(DnsMessage, ThatThereIsNothingLivesAsTheSoaSays) {
  Bytes soa{0, 0};
  for (const uint8_t last : {1, 2, 3, 4, 30}) soa.insert(soa.end(), {0, 0, 0, last});
  const auto nothing =
      dns::read_reply(dns_reply("a.example", {}, {{6, 3600, soa}}), asked_for("a.example"), kDnsId);
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->lives, seconds(30));
  const auto unsaid = dns::read_reply(dns_reply("a.example", {}), asked_for("a.example"), kDnsId);
  EXPECT_EQ(unsaid->lives, seconds(0)) << "RFC 2308 section 5: not kept";
}

TEST(DnsMessage, RowsMayHaveNoData) {
  for (const uint16_t type : {1, 5, 6, 28}) {
    const auto reply = dns::read_reply(dns_reply("a.example", {{type, 60, {}}}, {{type, 60, {}}}),
                                       asked_for("a.example"), kDnsId);
    if (!reply) continue;
    EXPECT_TRUE(reply->addresses.empty());
    EXPECT_TRUE(dns::without_addresses(*reply, asked_for("a.example"), [](const auto&) { return false; }));
  }
}

// How many of these rows of a service are told where 192.0.2.0/24 and IPv6 are not wanted.
size_t services_left(uint16_t type, const std::vector<Bytes>& rows) {
  std::vector<DnsRow> answers;
  for (const Bytes& data : rows) answers.push_back({type, 60, data});
  const auto reply = dns::read_reply(dns_reply("a.example", answers), asked_for("a.example"), kDnsId);
  if (!reply) return 0;
  const auto cleaned = dns::without_addresses(*reply, asked_for("a.example"), [](const IpAddress& one) {
    return one.is_ipv4() && !one.to_string().starts_with("192.0.2.");
  });
  return cleaned ? cleaned->message[7] : 0u;
}

// RFC 9460 section 2.2: the priority, a name, and parameters by their keys.
Bytes service_row(const Bytes& parameters, const Bytes& name = {0}) {
  Bytes row{0, 1};
  row.insert(row.end(), name.begin(), name.end());
  row.insert(row.end(), parameters.begin(), parameters.end());
  return row;
}

TEST(DnsMessage, HintsOfServicesAreAddressesToo) {
  const Bytes good{0, 4, 0, 4, 198, 51, 100, 1}, one_bad{0, 4, 0, 8, 198, 51, 100, 1, 192, 0, 2, 1};
  Bytes with_ipv6{0, 4, 0, 4, 198, 51, 100, 1, 0, 6, 0, 16};
  with_ipv6.resize(with_ipv6.size() + 16, 0xfd);
  for (const uint16_t type : {64, 65}) {
    EXPECT_EQ(services_left(type, {service_row(good), service_row({}), service_row(good, {1, 'b', 0})}), 3u);
    EXPECT_EQ(services_left(type, {service_row(one_bad), service_row(good)}), 1u);
    EXPECT_EQ(services_left(type, {service_row(with_ipv6), service_row(good)}), 1u);
    EXPECT_EQ(services_left(type, {service_row({0, 1, 0, 3, 2, 'h', '2', 0, 4, 0, 4, 192, 0, 2, 1})}), 0u);
  }
  EXPECT_EQ(services_left(16, {{12, 0, 1, 0, 0, 4, 0, 4, 192, 0, 2, 1, 0}}), 1u) << "text is none";
}

TEST(DnsMessage, HintsThatAreNotAsTheyShouldBeAreNotTold) {
  const std::vector<Bytes> parameters{
      {0, 4, 0, 4, 198, 51, 100},                                   // shorter than it says
      {0, 4, 0},                                                    // no whole length
      {0, 4, 0, 0},                                                 // no address
      {0, 4, 0, 3, 198, 51, 100},                                   // no whole one
      {0, 6, 0, 4, 198, 51, 100, 1},                                // the same
      {0, 4, 0, 4, 198, 51, 100, 1, 0, 4, 0, 4, 198, 51, 100, 1},   // twice
      {0, 5, 0, 0, 0, 4, 0, 4, 198, 51, 100, 1},                    // not in order
      {0, 4, 0xff, 0xff, 198, 51, 100, 1},                          // far longer
  };
  for (const Bytes& one : parameters) EXPECT_EQ(services_left(65, {service_row(one)}), 0u) << int{one[1]};
  EXPECT_EQ(services_left(65, {{}}), 0u);
  EXPECT_EQ(services_left(65, {{0, 1}}), 0u);
}

TEST(DnsMessage, AnAnswerToAnotherQuestionIsNone) {
  const Bytes reply = dns_reply("a.example", {{1, 300, kOneAddress}});
  EXPECT_FALSE(dns::read_reply(reply, asked_for("b.example"), kDnsId));
  EXPECT_FALSE(dns::read_reply(reply, asked_for("a.example", dns::kTypeAaaa), kDnsId));
  EXPECT_FALSE(dns::read_reply(reply, asked_for("a.example"), 1));
  EXPECT_FALSE(dns::read_reply(dns_query("a.example"), asked_for("a.example"), kDnsId));
}

TEST(DnsMessage, ANameThatLeadsToItselfIsNoAnswer) {
  Bytes reply = dns_reply("a.example", {{1, 300, kOneAddress}});
  const size_t row = dns_query("a.example").size();
  reply[row + 1] = static_cast<uint8_t>(row);
  EXPECT_FALSE(dns::read_reply(reply, asked_for("a.example"), kDnsId));
}

TEST(DnsMessage, NoPartOfAMessageIsOne) {
  const Bytes whole =
      dns_reply("a.example", {{1, 300, kOneAddress}, {5, 60, dns::wire_of_name("b.example")}});
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(dns::read_reply({whole.data(), size}, asked_for("a.example"), kDnsId)) << size;
}

// ldns would lose the memory of the first one (found by fuzzing).
TEST(DnsMessage, AMessageHasOneSignatureAtMost) {
  constexpr uint16_t kTsig = 250;
  Bytes message = dns_query("example.org");
  const auto add_signature = [&] {
    for (const int byte : {0, 0, int{kTsig}, 0, 255, 0, 0, 0, 0, 0, 0})
      message.push_back(static_cast<uint8_t>(byte));
    ++message[11];
  };
  add_signature();
  EXPECT_TRUE(dns::read_query(message));
  add_signature();
  const auto read = dns::read_query(message);
  ASSERT_FALSE(read);
  ASSERT_TRUE(read.error());
  EXPECT_EQ((*read.error())[3] & 0x0f, dns::kFormErr);
}

TEST(DnsMessage, WhatDoesNotFitIsCutOff) {
  const std::vector<DnsRow> many(40, {1, 300, kOneAddress});
  const auto reply = dns::read_reply(dns_reply("a.example", many), asked_for("a.example"), kDnsId);
  const Bytes cut = dns::write_answer(*reply, asked_for("a.example"), {}, 512);
  EXPECT_EQ(cut.size(), dns_query("a.example").size());
  EXPECT_TRUE(cut[2] & 2);
  EXPECT_GT(dns::write_answer(*reply, asked_for("a.example"), {}, 65535).size(), 512u);
}

TEST(DnsMessage, ReverseNamesAreThoseOfTheRfcs) {
  EXPECT_EQ(dns::reverse_name(*IpAddress::parse("192.0.2.1")), "1.2.0.192.in-addr.arpa");
  EXPECT_EQ(dns::reverse_name(*IpAddress::parse("2001:db8::1")),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

TEST(DnsKnownNames, TheFirstThatHasANameCounts) {
  const IpAddress one = *IpAddress::parse("192.0.2.1"), two = *IpAddress::parse("192.0.2.2");
  const dns::KnownNames names({{"db.example", {one}}, {"db.example", {two}}, {"other.example", {one}}});
  const auto answer = names.answer(asked_for("DB.example"));
  ASSERT_TRUE(answer);
  EXPECT_THAT(std::vector(answer->end() - 4, answer->end()), ElementsAre(192, 0, 2, 1));
  const auto back = names.answer(asked_for("1.2.0.192.in-addr.arpa", dns::kTypePtr));
  ASSERT_TRUE(back);
  const Bytes name = dns::wire_of_name("db.example");
  EXPECT_TRUE(std::equal(name.rbegin(), name.rend(), back->rbegin()));
  EXPECT_FALSE(names.answer(asked_for("www.example"))) << "others are asked";
}

TEST(DnsKnownNames, WhatIsBelowInternalIsAskedOfNobody) {
  const dns::KnownNames names({{"a.b.endpoints.internal", {*IpAddress::parse("192.0.2.1")}}});
  const auto rcode = [&](const std::string& name) { return names.answer(asked_for(name))->at(3) & 15; };
  EXPECT_EQ(rcode("b.endpoints.internal"), dns::kNoError);
  EXPECT_EQ(rcode("services.internal"), dns::kNoError);
  EXPECT_EQ(rcode("c.endpoints.internal"), dns::kNxDomain);
  EXPECT_EQ(rcode("x.a.b.endpoints.internal"), dns::kNxDomain);
  EXPECT_FALSE(names.answer(asked_for("other.internal")));
}

}   // namespace
}   // namespace sluice
