// SPDX-License-Identifier: GPL-2.0-or-later
// How ports are seen by STUN servers, and what follows from it; without sockets and clocks.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <utility>

#include "gateway/reach_view.hpp"
#include "reach/lifetime_probe.hpp"
#include "reach/mapping_probe.hpp"
#include "reach/port_seer.hpp"

namespace sluice {
namespace {

using std::chrono::seconds;

const StunExchange::Time kSeenBegin{seconds(1000)};
const IpAddress kSeenLocal = *IpAddress::parse("192.168.1.2"),
                kSeenOutside = *IpAddress::parse("203.0.113.1");
const Endpoint kSeenServer{*IpAddress::parse("198.51.100.7"), 3478},
    kSeenOther{*IpAddress::parse("198.51.100.8"), 3479};

struct SeenPort {
  SeenPort()
      : seer([this](const Endpoint& to, const stun::Bytes& message) {
          spoken.push_back(to);
          std::copy_n(message.begin() + 8, id.size(), id.begin());
          changes = message.size() > 20;
        }) {
    seer.use({{"stun.example.org:3478", kSeenServer}}, kSeenBegin);
  }

  void answer(const Endpoint& from, uint16_t port = 51820) {
    const stun::BindingAnswer said{
        .id = id, .refused = false, .mapped = Endpoint{kSeenOutside, port}, .other = kSeenOther};
    seer.hear({from, said}, kSeenBegin);
  }
  void silence() {
    for (int times = 0; times < 5; ++times) seer.tick(seer.next());
  }

  std::vector<Endpoint> spoken;
  stun::TransactionId id{};
  bool changes = false;
  PortSeer seer;
};

TEST(ReachPortSeer, AStrangersAnswerProvesThatStrangersGetThrough) {
  SeenPort port;
  port.answer(kSeenServer);
  EXPECT_TRUE(port.changes);
  EXPECT_FALSE(port.seer.news().open);
  port.answer(kSeenServer);
  EXPECT_FALSE(port.seer.news().open) << "the server itself is no stranger";
  port.answer(kSeenOther);
  EXPECT_EQ(port.seer.news().open, (Endpoint{kSeenOutside, 51820}));
  EXPECT_EQ(port.seer.news().filtering, NatBehaviour::kEndpointIndependent);
  EXPECT_THAT(port.spoken, testing::Each(kSeenServer));
}

TEST(ReachPortSeer, WithoutOneTheFilterIsFoundOutAndThePathIsNone) {
  SeenPort port;
  port.answer(kSeenServer);
  port.silence();
  EXPECT_FALSE(port.seer.news().open);
  port.answer({kSeenServer.address, kSeenOther.port});
  EXPECT_EQ(port.seer.news().filtering, NatBehaviour::kAddressDependent);
  EXPECT_FALSE(port.seer.news().open);
}

TEST(ReachPortSeer, SilenceIsAskedAboutAgainSooner) {
  SeenPort port;
  for (int times = 0; times < 3; ++times) port.seer.tick(port.seer.next());
  EXPECT_FALSE(port.seer.is_asking());
  EXPECT_EQ(port.seer.next(), kSeenBegin + std::chrono::milliseconds(13'500)) << "asked for 3.5 s, and 10 s";
}

TEST(ReachPortSeer, ATestIsARoundAtOnce) {
  SeenPort port;
  port.seer.test(kSeenBegin);
  EXPECT_EQ(port.spoken.size(), 1u) << "one goes on";
  port.answer(kSeenServer);
  port.answer(kSeenOther);
  EXPECT_FALSE(port.seer.is_asking());
  port.seer.test(kSeenBegin);
  EXPECT_TRUE(port.seer.is_asking());
  EXPECT_EQ(port.spoken.size(), 3u);
  EXPECT_TRUE(port.seer.news().open) << "as long as nothing else is known";
}

TEST(ReachPortSeer, WhereTheRouterLeadsIsTriedToo) {
  SeenPort port;
  port.seer.note_router(Endpoint{kSeenOutside, 40000}, kSeenBegin);
  port.answer(kSeenServer);
  port.answer(kSeenOther);
  EXPECT_EQ(port.seer.news().open, (Endpoint{kSeenOutside, 40000}));
  port.silence();
  EXPECT_EQ(port.seer.news().open, (Endpoint{kSeenOutside, 40000}))
      << "though the port that is seen is closed";
}

TEST(ReachPortSeer, AServerThatIsSilentIsFollowedByTheNext) {
  SeenPort port;
  port.seer.use({{"one:3478", kSeenServer}, {"two:3478", {*IpAddress::parse("192.0.2.9"), 3478}}},
                kSeenBegin);
  port.silence();
  EXPECT_EQ(port.spoken.back().address, *IpAddress::parse("192.0.2.9"));
  port.silence();
  EXPECT_FALSE(port.seer.news().mapped);
}

NatBehaviour mapping_found(const std::vector<uint16_t>& ports) {
  stun::TransactionId id{};
  Endpoint asked;
  MappingProbe probe([&](const Endpoint& to, const stun::Bytes& message) {
    asked = to;
    std::copy_n(message.begin() + 8, id.size(), id.begin());
  });
  probe.start(kSeenServer, kSeenOther, kSeenBegin);
  for (const uint16_t port : ports)
    probe.hear({asked, {.id = id, .refused = false, .mapped = Endpoint{kSeenOutside, port}, .other = {}}},
               kSeenBegin);
  return probe.result();
}

TEST(ReachMappingProbe, TellsTheKindsOfMappingsApart) {
  EXPECT_EQ(mapping_found({1, 1}), NatBehaviour::kEndpointIndependent);
  EXPECT_EQ(mapping_found({1, 2, 2}), NatBehaviour::kAddressDependent);
  EXPECT_EQ(mapping_found({1, 2, 3}), NatBehaviour::kAddressAndPortDependent);
  EXPECT_EQ(mapping_found({1}), NatBehaviour::kUnknown);
}

// A NAT that keeps a mapping for so long after something left by it, and a server that answers at once.
struct ForgettingNat {
  seconds lifetime;
  bool server_knows_ports = true, server_is_there = true;
  StunExchange::Time now = kSeenBegin, used{};
  uint16_t port = 40'000;
  std::optional<StunHeard> answer = {};   // on its way to the first port
  std::vector<StunExchange::Time> tries = {};

  LifetimeProbe probe{[this](const Endpoint&, const stun::Bytes& message) { pass(message, true); },
                      [this](const Endpoint&, const stun::Bytes& message) { pass(message, false); }};

  void pass(const stun::Bytes& message, bool from_first) {
    if (from_first) {
      if (now - used > lifetime) ++port;
      used = now;
    } else {
      tries.push_back(now);
    }
    const bool arrives = from_first || (server_knows_ports && now - used <= lifetime);
    if (!server_is_there || !arrives) return;
    stun::BindingAnswer said{.id = {}, .refused = false, .mapped = Endpoint{kSeenOutside, port}, .other = {}};
    std::copy_n(message.begin() + 8, said.id.size(), said.id.begin());
    answer = {kSeenServer, said};
  }

  std::optional<seconds> found() {
    probe.start(kSeenServer, now);
    while (!probe.is_done()) step();
    return probe.result();
  }
  void step() {
    if (answer) {
      const StunHeard heard = *std::exchange(answer, std::nullopt);
      return probe.hear(heard, now);
    }
    now = std::max(now, probe.next());
    probe.tick(now);
  }
};

TEST(ReachLifetimeProbe, FindsTheLongestTimeThatAMappingLives) {
  for (const auto& [lives, found] : std::map<int, int>{{6, 6},
                                                       {11, 6},
                                                       {12, 12},
                                                       {29, 18},
                                                       {30, 30},
                                                       {59, 30},
                                                       {60, 60},
                                                       {120, 120},
                                                       {300, 180},
                                                       {86'400, 180}})
    EXPECT_EQ(ForgettingNat{.lifetime = seconds(lives)}.found(), seconds(found)) << lives;
}

TEST(ReachLifetimeProbe, WhatCannotBeFoundOutIsNotGuessed) {
  EXPECT_FALSE(ForgettingNat{.lifetime = seconds(5)}.found()) << "shorter than all that is tried";
  ForgettingNat deaf{.lifetime = seconds(120), .server_knows_ports = false};
  EXPECT_FALSE(deaf.found());
  EXPECT_LE(deaf.now - kSeenBegin, seconds(10)) << "known before anything is waited for";
  EXPECT_FALSE((ForgettingNat{.lifetime = seconds(120), .server_is_there = false}.found()));
}

TEST(ReachLifetimeProbe, AServerThatGoesAwayProvesNothing) {
  ForgettingNat nat{.lifetime = seconds(120)};
  nat.probe.start(kSeenServer, nat.now);
  while (nat.tries.size() < 2) nat.step();   // at once, and after 30 s, which it lives through
  while (nat.answer) nat.step();
  nat.server_is_there = false;
  while (!nat.probe.is_done()) nat.step();
  EXPECT_EQ(nat.probe.result(), seconds(30));
}

TEST(ReachLifetimeProbe, AKeepaliveLeavesTimeToSpare) {
  EXPECT_EQ(keepalive_for(seconds(30)), seconds(25));
  EXPECT_EQ(keepalive_for(seconds(180)), seconds(150));
}

TEST(ReachPortSeer, RoundsAreAsFarApartAsTheyAreTold) {
  SeenPort port;
  port.seer.use_round(seconds(50));
  port.answer(kSeenServer);
  port.answer(kSeenOther);
  EXPECT_EQ(port.seer.next(), kSeenBegin + seconds(50));
}

PortNews news_of_places(const char* router, const char* seen) {
  PortNews news;
  if (router) {
    news.router.state = PortState::kMapped;
    news.router.outside = Endpoint{*IpAddress::parse(router), 51820};
  }
  if (seen) news.seen.mapped = Endpoint{*IpAddress::parse(seen), 51820};
  news.seen.mapping = NatBehaviour::kEndpointIndependent;
  return news;
}

std::string layers_in_words(const char* local, const PortNews& news) {
  const auto layers = layers_of(IpAddress::parse(local), news);
  std::string words(summary_of(layers));
  for (const NatLayer& layer : layers)
    words +=
        (layer.is_carrier ? ", carrier " : ", home ") + (layer.outside ? layer.outside->to_string() : "?");
  return words;
}

TEST(ReachLayers, EachNatHasAName) {
  EXPECT_EQ(layers_in_words("203.0.113.1", news_of_places(nullptr, "203.0.113.1")), "no NAT");
  EXPECT_EQ(layers_in_words("192.168.1.2", news_of_places(nullptr, nullptr)), "no NAT");
  EXPECT_EQ(layers_in_words("192.168.1.2", news_of_places("203.0.113.1", "203.0.113.1")),
            "NAT, home 203.0.113.1");
  EXPECT_EQ(layers_in_words("192.168.1.2", news_of_places(nullptr, "203.0.113.1")), "NAT, home 203.0.113.1");
  EXPECT_EQ(layers_in_words("100.64.3.2", news_of_places(nullptr, "203.0.113.1")),
            "carrier-grade NAT, carrier 203.0.113.1");
  EXPECT_EQ(layers_in_words("192.168.1.2", news_of_places("100.64.7.2", "203.0.113.1")),
            "carrier-grade NAT, home 100.64.7.2, carrier 203.0.113.1");
  EXPECT_EQ(layers_in_words("192.168.1.2", news_of_places("100.64.7.2", nullptr)),
            "carrier-grade NAT, home 100.64.7.2, carrier ?");
  EXPECT_EQ(layers_in_words("192.168.1.2", news_of_places("192.168.0.2", "203.0.113.1")),
            "double NAT, home 192.168.0.2, home 203.0.113.1");
}

TEST(ReachLayers, BehaviourStandsWithTheLastOne) {
  const auto layers = layers_of(kSeenLocal, news_of_places("100.64.7.2", "203.0.113.1"));
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[0].mapping, NatBehaviour::kUnknown);
  EXPECT_EQ(layers[0].mapped_by, AskedBy::kPcp);
  EXPECT_EQ(layers[1].mapping, NatBehaviour::kEndpointIndependent);
  EXPECT_FALSE(layers[1].mapped_by);
}

}   // namespace
}   // namespace sluice
