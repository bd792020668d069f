// SPDX-License-Identifier: GPL-2.0-or-later
// Who asks routers and STUN servers, without sockets and clocks.
#include <gmock/gmock.h>
#include <netinet/in.h>

#include "reach/epoch.hpp"
#include "reach/port_asker.hpp"
#include "reach/raw_udp.hpp"
#include "reach/upnp_session.hpp"
#include "reach/wire.hpp"

namespace sluice {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

const EpochWatch::Time kReachBegin{seconds(1000)};
const IpAddress kReachLocal = *IpAddress::parse("192.168.1.2"),
                kReachOutside = *IpAddress::parse("203.0.113.1");
const Endpoint kReachServer{*IpAddress::parse("198.51.100.7"), 3478},
    kOther{*IpAddress::parse("198.51.100.8"), 3479};

TEST(ReachEpoch, AClockThatGoesOnIsGood) {
  EpochWatch watch;
  EXPECT_TRUE(watch.note(100, kReachBegin));
  EXPECT_TRUE(watch.note(160, kReachBegin + seconds(60)));
  EXPECT_TRUE(watch.note(159, kReachBegin + seconds(60))) << "answers may pass each other";
  EXPECT_TRUE(watch.note(3759, kReachBegin + seconds(3800))) << "it may be a little slower";
}

TEST(ReachEpoch, OneThatWentBackOrJumpedHasLostWhatItKnew) {
  EpochWatch watch;
  EXPECT_TRUE(watch.note(100, kReachBegin));
  EXPECT_FALSE(watch.note(3, kReachBegin + seconds(1)));
  EXPECT_TRUE(watch.note(4, kReachBegin + seconds(2)));
  EXPECT_FALSE(watch.note(5000, kReachBegin + seconds(3)));
  EXPECT_FALSE(watch.note(5001, kReachBegin + seconds(600))) << "it began again, and nearly caught up";
}

struct AskedRouter {
  explicit AskedRouter(std::vector<AskedBy> by)
      : asker({.client = kReachLocal, .nonce = {7}, .inner = 51820, .wanted = 51820, .life = 3600},
              std::move(by), [this](AskedBy way, const pcp::PortWish& wish) {
                asked.push_back(way);
                wanted = wish.wanted;
              }) {}

  pcp::Answer answer(uint16_t port, uint32_t life, pcp::Code code = pcp::Code::kSuccess) const {
    return {.kind = pcp::Kind::kMap,
            .code = code,
            .life = life,
            .nonce = {7},
            .protocol = IPPROTO_UDP,
            .inner = 51820,
            .port = port,
            .address = kReachOutside};
  }
  // Until `end`, as a timer would do it.
  void pass_until(PortAsker::Time end) {
    while (asker.next() <= end) asker.tick(asker.next());
  }

  std::vector<AskedBy> asked;
  uint16_t wanted = 0;
  PortAsker asker;
};

TEST(ReachPortAsker, TheFirstWayThatGivesAPortIsKept) {
  AskedRouter router({AskedBy::kPcp, AskedBy::kNatPmp});
  router.asker.start(kReachBegin);
  EXPECT_THAT(router.asked, ElementsAre(AskedBy::kPcp));
  EXPECT_EQ(router.asker.news(kReachBegin).state, PortState::kAsking);
  EXPECT_TRUE(router.asker.hear(router.answer(40000, 600), kReachBegin));
  const auto news = router.asker.news(kReachBegin);
  EXPECT_EQ(news.state, PortState::kMapped);
  EXPECT_EQ(news.outside, (Endpoint{kReachOutside, 40000}));
  EXPECT_EQ(router.asker.next(), kReachBegin + seconds(300)) << "half its life";
  router.pass_until(kReachBegin + seconds(300));
  EXPECT_THAT(router.asked, ElementsAre(AskedBy::kPcp, AskedBy::kPcp));
  EXPECT_EQ(router.wanted, 40000) << "the same again";
}

TEST(ReachPortAsker, ALateAnswerThatIsForLongerThanWishedDelaysNothing) {
  AskedRouter router({AskedBy::kPcp});
  router.asker.start(kReachBegin);
  EXPECT_TRUE(router.asker.hear(router.answer(40000, 86400), kReachBegin));
  EXPECT_EQ(router.asker.next(), kReachBegin + seconds(1800)) << "half of what was wished";
}

TEST(ReachPortAsker, AWayThatIsSilentOrRefusesIsFollowedByTheNext) {
  AskedRouter router({AskedBy::kPcp, AskedBy::kUpnp});
  router.asker.start(kReachBegin);
  router.pass_until(kReachBegin + seconds(8));
  ASSERT_EQ(router.asked.back(), AskedBy::kUpnp);
  router.asker.hear_upnp({.trouble = "", .outside = {kReachOutside, 40001}, .life = seconds(0)},
                         kReachBegin + seconds(9));
  const auto news = router.asker.news(kReachBegin + seconds(9));
  EXPECT_EQ(news.by, AskedBy::kUpnp);
  EXPECT_FALSE(news.until) << "for ever";
  AskedRouter other({AskedBy::kPcp, AskedBy::kUpnp});
  other.asker.start(kReachBegin);
  EXPECT_TRUE(other.asker.hear(other.answer(0, 30, pcp::Code::kNotAuthorized), kReachBegin));
  EXPECT_EQ(other.asked.back(), AskedBy::kUpnp);
}

TEST(ReachPortAsker, WhereNobodyGivesOneTheReasonsAreToldAndItIsTriedAgain) {
  AskedRouter router({AskedBy::kPcp, AskedBy::kUpnp});
  router.asker.start(kReachBegin);
  router.asker.hear_nobody(kReachBegin);
  router.asker.hear_upnp({.trouble = "nobody answers", .outside = {}, .life = {}}, kReachBegin);
  const auto news = router.asker.news(kReachBegin);
  EXPECT_EQ(news.state, PortState::kRefused);
  EXPECT_EQ(news.trouble, "pcp: the router refuses to be asked; upnp: nobody answers");
  router.asked.clear();
  router.pass_until(kReachBegin + seconds(15));
  EXPECT_THAT(router.asked, ElementsAre(AskedBy::kPcp));
}

TEST(ReachPortAsker, ATestProlongsWhatIsHadAndWaitsForNoPause) {
  AskedRouter router({AskedBy::kPcp, AskedBy::kNatPmp});
  router.asker.start(kReachBegin);
  router.asker.test(kReachBegin);
  EXPECT_EQ(router.asked.size(), 1u) << "it asks already";
  EXPECT_TRUE(router.asker.hear(router.answer(40000, 600), kReachBegin));
  EXPECT_FALSE(router.asker.is_asking());
  router.asker.test(kReachBegin + seconds(1));
  EXPECT_TRUE(router.asker.is_asking());
  EXPECT_THAT(router.asked, ElementsAre(AskedBy::kPcp, AskedBy::kPcp));
  EXPECT_EQ(router.asker.news(kReachBegin + seconds(1)).state, PortState::kMapped) << "it is kept meanwhile";
  AskedRouter silent({AskedBy::kPcp});
  silent.asker.start(kReachBegin);
  silent.pass_until(kReachBegin + seconds(1000));   // pauses of 15, 30, 60, ... s
  EXPECT_FALSE(silent.asker.is_asking());
  silent.asker.test(kReachBegin + seconds(1001));
  EXPECT_TRUE(silent.asker.is_asking());
  silent.asked.clear();
  silent.pass_until(kReachBegin + seconds(1001 + 8 + 15));
  EXPECT_EQ(silent.asked.size(), 6u) << "five of the test, and one after the first pause again";
}

TEST(ReachPortAsker, AnswersToOthersAreNotTaken) {
  AskedRouter router({AskedBy::kPcp, AskedBy::kNatPmp});
  router.asker.start(kReachBegin);
  auto foreign = router.answer(40000, 600);
  foreign.nonce = {8};
  EXPECT_FALSE(router.asker.hear(foreign, kReachBegin));
  auto other_port = router.answer(40000, 600);
  other_port.inner = 51821;
  EXPECT_FALSE(router.asker.hear(other_port, kReachBegin));
  auto other_way = router.answer(40000, 600);
  other_way.is_nat_pmp = true;
  EXPECT_FALSE(router.asker.hear(other_way, kReachBegin));
  EXPECT_EQ(router.asker.news(kReachBegin).state, PortState::kAsking);
}

TEST(ReachPortAsker, WhoKnowsTheOtherProtocolAloneSaysSoInIt) {
  AskedRouter router({AskedBy::kPcp, AskedBy::kNatPmp});
  router.asker.start(kReachBegin);
  auto forged = router.answer(0, 0, pcp::Code::kUnsupportedVersion);
  forged.nonce = {8};
  EXPECT_FALSE(router.asker.hear(forged, kReachBegin)) << "in the one that it was asked by";
  auto older = forged;
  older.is_nat_pmp = true;
  older.inner = 0;   // it is short
  EXPECT_TRUE(router.asker.hear(older, kReachBegin));
  EXPECT_THAT(router.asked, ElementsAre(AskedBy::kPcp, AskedBy::kNatPmp));
  EXPECT_FALSE(router.asker.hear(older, kReachBegin)) << "late, and about PCP";
  EXPECT_TRUE(router.asker.hear(forged, kReachBegin)) << "it knows PCP alone";
  EXPECT_EQ(router.asker.news(kReachBegin).state, PortState::kRefused);
}

TEST(ReachPortAsker, ALeaseThatNobodyProlongsIsOver) {
  AskedRouter router({AskedBy::kPcp});
  router.asker.start(kReachBegin);
  router.asker.hear(router.answer(40000, 60), kReachBegin);
  router.pass_until(kReachBegin + seconds(59));
  EXPECT_EQ(router.asker.news(kReachBegin + seconds(59)).state, PortState::kMapped);
  router.pass_until(kReachBegin + seconds(61));
  EXPECT_EQ(router.asker.news(kReachBegin + seconds(61)).state, PortState::kRefused);
}

TEST(ReachUpnp, OnlyUrlsThatLeadToTheRouterAreFollowed) {
  const IpAddress router = *IpAddress::parse("192.168.1.1");
  const std::string http = "http://", here = http + router.to_string();
  for (const char* good : {"/", ":5000/rootDesc.xml", ""}) EXPECT_TRUE(leads_to(here + good, router)) << good;
  for (const char* bad :
       {"0/", ":80@198.51.100.7/", ":/", ".example.org/", ":99999/", "@198.51.100.7/", ":-1/"})
    EXPECT_FALSE(leads_to(here + bad, router)) << bad;
  for (const std::string& bad : {std::string(), "https://" + router.to_string(), http + "127.0.0.1/"})
    EXPECT_FALSE(leads_to(bad, router)) << bad;
}

TEST(ReachRawUdp, ADatagramHasItsChecksum) {
  const std::vector<uint8_t> payload{1, 2, 3};
  const auto datagram = udp_datagram({kReachLocal, 51820}, kReachServer, payload);
  EXPECT_THAT(std::vector(datagram.begin(), datagram.begin() + 6),
              ElementsAre(0xca, 0x6c, 0x0d, 0x96, 0, 11));
  uint32_t sum = 0xc0a8 + 0x0102 + 0xc633 + 0x6407 + IPPROTO_UDP + 11;
  for (size_t i = 0; i < datagram.size(); i += 2)
    sum += datagram[i] * 256u + (i + 1 < datagram.size() ? datagram[i + 1] : 0u);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  EXPECT_EQ(sum, 0xffffu);
}

TEST(ReachRawUdp, WhatIsCutIsNoDatagram) {
  std::vector<uint8_t> packet(28);
  packet[0] = 0x45;
  packet[9] = IPPROTO_UDP;
  packet[25] = 8;
  ASSERT_TRUE(read_ipv4_datagram(packet));
  for (size_t size = 0; size < packet.size(); ++size)
    EXPECT_FALSE(read_ipv4_datagram({packet.data(), size})) << size;
  packet[25] = 9;
  EXPECT_FALSE(read_ipv4_datagram(packet)) << "longer than the packet";
  packet[25] = 7;
  EXPECT_FALSE(read_ipv4_datagram(packet)) << "shorter than its header";
  packet[25] = 8;
  packet[0] = 0x4f;
  EXPECT_FALSE(read_ipv4_datagram(packet)) << "options that are not there";
}

TEST(ReachWire, AnOrderAndItsNewsComeBackAsTheyWere) {
  ReachOrder order{.device = "wan0",
                   .index = 3,
                   .local = kReachLocal,
                   .router = *IpAddress::parse("192.168.1.1"),
                   .local6 = {},
                   .router6 = *IpAddress::parse("fe80::1"),
                   .by = {AskedBy::kNatPmp, AskedBy::kUpnp},
                   .stun = {{"stun.example.org", 3478}},
                   .lease = seconds(60),
                   .ports = {{51820, "0102030405060708090a0b0c", 40000, 0}},
                   .to_return = {{{51821, "0102030405060708090a0b0c", 40001, 40002}, AskedBy::kUpnp}},
                   .round = 5};
  EXPECT_EQ(decode_reach_order(encode_reach_order(order)).value(), order);
  ReachNews news;
  PortNews port;
  port.port = 51820;
  port.router.state = PortState::kMapped;
  port.router.outside = Endpoint{kReachOutside, 40000};
  port.seen.mapped = Endpoint{kReachOutside, 51820};
  port.seen.mapping = NatBehaviour::kAddressDependent;
  port.seen.lifetime = seconds(120);
  port.router.until = std::chrono::sys_seconds(seconds(1'700'000'000));
  port.seen.open = Endpoint{kReachOutside, 40000};
  news.ports = {port};
  news.returned = {51821};
  news.troubles = {"a \"trouble\""};
  news.asked = 7;
  news.round = 4;
  EXPECT_EQ(decode_reach_news(encode_reach_news(news)).value(), news);
  for (const char* wrong : {"", "{", "[]", "{\"ports\":[{}]}", "7"}) {
    EXPECT_FALSE(decode_reach_order(wrong)) << wrong;
    EXPECT_FALSE(decode_reach_news(wrong)) << wrong;
  }
}

}   // namespace
}   // namespace sluice
