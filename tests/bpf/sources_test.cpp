// SPDX-License-Identifier: GPL-2.0-or-later
// Who may claim to be who (RFC 2827, RFC 3704), as the interface says.
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

constexpr auto kNowhere = "192.0.2.1", kNowhere6 = "2001:db8:dead::1";   // without a route
constexpr auto kForeign = "198.19.0.1";   // the way back leads out of an interface that the document lacks

class Sources : public HookTest {
 protected:
  static std::string with_uplink(std::string document) {
    return document.insert(document.rfind('}'), R"(, "zones": { "internet": { "uplink": true } })");
  }
  void say_of(const std::string& zone, const std::string& more) {
    lab.forget();
    lab.apply(with_uplink(home_document_saying(zone, more)));
  }
  std::string inside(const char* source, const char* destination = kFar) {
    return from_lan(Ip4{.src = source, .dst = destination} / Udp{}).what;
  }
  std::string inside6(const char* source) { return from_lan(Ip6{.src = source, .dst = kFar6} / Udp{}).what; }
  std::string outside(const char* source) {
    return from_wan(Ip4{.src = source, .dst = kWanAddress} / Udp{.dport = 53}).what;
  }
  std::string outside6(const char* source) {
    return from_wan(Ip6{.src = source, .dst = kWanAddress6} / Tcp{.dport = 80}).what;
  }
};
ON_BOTH_HOOKS(Sources);

TEST_P(Sources, StrictWantsTheWayBackInTheZone) {
  EXPECT_EQ(inside(kInside), "forwarded");
  EXPECT_EQ(inside(kOutside), "dropped: SPOOFED");
  EXPECT_EQ(inside6(kFar6), "dropped: SPOOFED");
  EXPECT_EQ(inside(kNowhere), "dropped: SPOOFED");
  EXPECT_EQ(outside(kInside), "dropped: SPOOFED");
}

TEST_P(Sources, LooseWantsAWayBackThatIsAnUplink) {
  say_of("lan", R"("anti_spoofing": "loose")");
  EXPECT_EQ(inside(kOutside), "forwarded");
  EXPECT_EQ(inside6("2001:db8:f::9"), "forwarded");
  EXPECT_EQ(inside(kNowhere), "dropped: SPOOFED");
  EXPECT_EQ(inside(kForeign), "dropped: SPOOFED");
  EXPECT_EQ(inside6(kNowhere6), "dropped: SPOOFED");
  EXPECT_EQ(inside(kWanAddress), "dropped: OWN_SOURCE");
  EXPECT_EQ(inside(kDmz), "dropped: SPOOFED") << "nobody speaks for another inside zone";
  EXPECT_EQ(outside(kInside), "dropped: SPOOFED") << "the other interface is as strict as before";
}

TEST_P(Sources, LooseOutsideSpeaksForNobodyInside) {
  say_of("internet", R"("anti_spoofing": "loose")");
  EXPECT_EQ(outside(kFar), "forwarded");
  for (const char* source : {kInside, kDmz, kNowhere, kForeign})
    EXPECT_EQ(outside(source), "dropped: SPOOFED") << source;
  EXPECT_EQ(outside6("2001:db8:10::2"), "dropped: SPOOFED");
}

TEST_P(Sources, OffTakesEverybodyButTheGateway) {
  say_of("lan", R"("anti_spoofing": "off")");
  for (const char* source : {kOutside, kNowhere, kForeign}) EXPECT_EQ(inside(source), "forwarded") << source;
  EXPECT_EQ(inside6(kNowhere6), "forwarded");
  EXPECT_EQ(inside(kWanAddress), "dropped: OWN_SOURCE");
  EXPECT_EQ(inside("127.0.0.1"), "dropped: BAD_ADDRESS");
}

TEST_P(Sources, AnsweredFlowsOfALooseInterfaceGoOn) {
  say_of("lan", R"("anti_spoofing": "loose")");
  const Layers packet = Ip4{.src = kOutside, .dst = kFar} / Udp{};
  ASSERT_EQ(from_lan(packet).what, "forwarded");
  lab.apply_again();
  EXPECT_EQ(from_lan(packet).what, "forwarded");
  lab.apply(home_document());
  EXPECT_EQ(from_lan(packet).what, "dropped: SPOOFED");
}

TEST_P(Sources, BogonsAreRefusedWhereTheDocumentSaysSo) {
  EXPECT_EQ(outside(kFar), "forwarded") << "a documentation network";
  say_of("internet", R"("bogons": "drop", "anti_spoofing": "off")");
  for (const char* source :
       {kFar, "10.1.2.3", "100.64.0.1", "172.31.255.255", "192.168.77.1", "198.19.255.255"})
    EXPECT_EQ(outside(source), "dropped: BOGON") << source;
  for (const char* source : {kFar6, "fd00::1", "64:ff9b::1", "4000::1"})
    EXPECT_EQ(outside6(source), "dropped: BOGON") << source;
  for (const char* source : {"8.8.8.8", "100.128.0.1", "172.32.0.1", kOutside})
    EXPECT_EQ(outside(source), "forwarded");
  for (const char* source : {"2600::1", "2001:db8:f::9"}) EXPECT_EQ(outside6(source), "forwarded") << source;
  EXPECT_EQ(inside(kInside), "forwarded") << "nobody asked it of the inside";
}

}   // namespace
}   // namespace sluice::test
