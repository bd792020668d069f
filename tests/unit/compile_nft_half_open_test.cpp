// SPDX-License-Identifier: GPL-2.0-or-later
// Half-open connections of targets, and SYN cookies, in the table of nftables.
#include <fmt/format.h>

#include "compile_nft_fixture.hpp"

namespace sluice::test {
namespace {

constexpr const char* kSet = "half_open/192.168.10.2/8080/64/240";

std::string forward(std::string_view name, uint16_t port, std::string_view more) {
  return fmt::format(R"({{"name": "{}", "listen": "203.0.113.1", "ports": {}, "to": "192.168.10.2:8080"{}}})",
                     name, port, more);
}

Table limiting(const std::string& list) { return table_of(house(R"("nat": {"forwards": [)" + list + "]}")); }

Table with_cookies() { return limiting(forward("web", 80, R"(, "half_open": 64, "syn_cookies": true)")); }

Texts lines(const Table& table, std::string_view start) {
  Texts list;
  for (const std::string& line : table->text)
    if (line.starts_with(start)) list.push_back(line.substr(start.size()));
  return list;
}

// The name of the VRF that `lan` lies in, and the forward's.
Table of_tenant(std::string_view listen) {
  return table_of(fmt::format(R"({{"version": 1, "interfaces": {{
    "wan": {{"zone": "internet", "addresses": ["203.0.113.1/24"]}},
    "lan": {{"zone": "office", "vrf": "net", "addresses": ["10.0.0.1/24"]}}}},
    "vrfs": {{"net": {{"table": 7, "routes": [{{"to": "0.0.0.0/0", "through": "main"}}]}}}},
    "nat": {{"forwards": [{{"name": "in", "listen": "{}", "ports": 80, "to": "10.0.0.5", "vrf": "net",
                            "half_open": 64{}}}]}}}})",
                              listen, listen == "wan" ? R"(, "syn_cookies": true)" : ""));
}

TEST(NftHalfOpen, WithoutLimitsNothingIsCountedOrAsked) {
  const Table table = limiting(forward("web", 80, ""));
  for (const char* chain : {"handshakes", "waiting", "cookie4", "no_beginning", "drop_target_half_open"})
    EXPECT_FALSE(table.has_chain(chain)) << chain;
  EXPECT_FALSE(holds(table.chain("forward"), "ct state new"));
  EXPECT_TRUE(lines(table, "add set").empty());
}

TEST(NftHalfOpen, TheSetHasTheSizeOfTheLimitAndTheTimeOfAHandshake) {
  const Table table = limiting(forward("web", 80, R"(, "half_open": 64)"));
  EXPECT_EQ(lines(table, "add set inet sluice "),
            Texts{std::string(kSet) + " { type ipv4_addr . inet_service; size 64; flags dynamic,timeout; "
                                      "timeout 240s; gc-interval 50ms; }"});
  ASSERT_EQ(table->half_open.size(), 1u);
  EXPECT_EQ(table->half_open[0].set, kSet);
  EXPECT_EQ(table->half_open[0].port, 8080);
}

TEST(NftHalfOpen, ForwardsToOneTargetShareTheSmallestLimit) {
  const Table table = limiting(forward("a", 80, R"(, "half_open": 64)") + "," +
                               forward("b", 81, R"(, "half_open": 500)") + "," + forward("c", 82, ""));
  EXPECT_EQ(lines(table, "add set inet sluice ").size(), 1u);
  EXPECT_EQ(table.rows("half_open_begins4"),
            (Texts{"1 . 192.168.10.2 . 8080 : goto handshake_begins/192.168.10.2/8080/64/240",
                   "2 . 192.168.10.2 . 8080 : goto handshake_begins/192.168.10.2/8080/64/240"}))
      << "and the third is not asked";
}

TEST(NftHalfOpen, AHalfOpenFlowHasAGenerationThatIsNotInForce) {
  const Table table = limiting(forward("web", 80, R"(, "half_open": 64)"));
  const uint32_t earlier = pack({.generation = earlier_generation(table->generation)});
  EXPECT_NE(earlier_generation(table->generation), table->generation);
  EXPECT_TRUE(holds(table.chain("waiting"), fmt::format("| {}", earlier)));
}

TEST(NftHalfOpen, AnotherLimitIsAnotherSetAndTheOldOneGoes) {
  const Table before = limiting(forward("web", 80, R"(, "half_open": 64)")),
              after = limiting(forward("web", 80, R"(, "half_open": 65)"));
  EXPECT_TRUE(is_changeable(before.rules(), after.rules()));
  const std::string text = text_transaction(&before.rules(), after.rules());
  EXPECT_LT(text.find("add set inet sluice half_open/192.168.10.2/8080/65/240"),
            text.find("delete set inet sluice half_open/192.168.10.2/8080/64/240"));
}

TEST(NftCookies, AnAcknowledgementMayBeginWhatAForwardWithThemListensFor) {
  const Table table = with_cookies();
  EXPECT_EQ(table.rows("cookie_forwards4"), Texts{"203.0.113.1 . 80"});
  EXPECT_EQ(table.set("cookie_forwards6"), nullptr);
  EXPECT_TRUE(holds(table.chain("arrived"), "jump no_beginning"));
  EXPECT_TRUE(table.chain("no_beginning").back().starts_with("goto drop_no_flow"));
}

TEST(NftCookies, WhatIsLeftOfTheProxyIsDropped) {
  const Texts chain = with_cookies().chain("cookie4");
  ASSERT_EQ(chain.size(), 2u);
  EXPECT_NE(chain[0].find("synproxy"), std::string::npos);
  EXPECT_EQ(chain[1], "drop");
}

TEST(NftCookies, TheKernelsSynIsKnownBeforeConnectionTrackingAndJudgedAfterItsTranslation) {
  const Table table = with_cookies();
  std::map<std::string, int> places;
  for (const NftChain& chain : table->chains)
    if (!chain.hook.is_null()) places[chain.name] = chain.hook["prio"];
  EXPECT_LT(places.at("cookie_returning"), -200);
  EXPECT_LT(places.at("cookie_destination_nat"), places.at("cookie_arrival"));
  EXPECT_LT(places.at("cookie_arrival"), places.at("output"));
}

TEST(NftCookies, LeadIntoAVrfByItsMark) {
  EXPECT_TRUE(of_tenant("wan").has_chain("cookie_way"));
  EXPECT_FALSE(with_cookies().has_chain("cookie_way"));
  EXPECT_TRUE(holds(of_tenant("wan").chain("no_beginning"), "ct original zone 0"));
}

TEST(NftCookies, AFamilyThatNobodyListensInHasNone) {
  Observed seen = fresh_machine();
  seen.links["wan"].addresses = {{*InterfaceAddress::parse("2001:db8:f::1/64"), false}};
  const Table table =
      table_of(R"({"version": 1, "interfaces": {"wan": {"zone": "internet"}, "lan": {"zone": "lan"}},
    "nat": {"forwards": [{"name": "four", "listen": "wan", "ports": 80, "to": "192.168.10.2", "half_open": 64,
                          "syn_cookies": true},
                         {"name": "six", "listen": "wan", "ports": 80, "to": "2001:db8:10::2", "half_open": 64,
                          "syn_cookies": true}]}})",
               seen);
  EXPECT_TRUE(table.has_chain("cookie6"));
  EXPECT_FALSE(table.has_chain("cookie4"));
  EXPECT_FALSE(holds(table->text, "cookie4"));
}

TEST(NftCookies, AnAddressInAVrfHasTheLimitAlone) {
  const Table table = of_tenant("lan");
  EXPECT_EQ(table->half_open.at(0).vrf, 7);
  EXPECT_FALSE(table.has_chain("cookie4"));
}

TEST(NftCookies, WantConnectionsThatAreSeenLate) {
  Observed seen = fresh_machine();
  seen.sysctls["net/netfilter/nf_conntrack_tcp_loose"] = "0";
  const auto sets_it = [&](std::string_view more) {
    const std::string document = house(R"("nat": {"forwards": [)" + forward("web", 80, more) + "]}");
    const auto plan = make_plan(carried_by(EngineChoice::kNftables, document), seen);
    return std::ranges::any_of(plan->steps, [](const Step& step) {
      const auto* sysctl = std::get_if<step::SetSysctl>(&step);
      return sysctl && sysctl->path.ends_with("tcp_loose") && sysctl->value == "1";
    });
  };
  EXPECT_TRUE(sets_it(R"(, "half_open": 64, "syn_cookies": true)"));
  EXPECT_FALSE(sets_it(R"(, "half_open": 64)"));
}

}   // namespace
}   // namespace sluice::test
