// SPDX-License-Identifier: GPL-2.0-or-later
// What keepalived is told of the addresses of a cluster, and what a node is worth.
#include <gmock/gmock.h>

#include "vrrp/keepalived_config.hpp"

namespace sluice {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

InterfaceAddress address(const char* text) { return *InterfaceAddress::parse(text); }

MovingAddresses multicast(uint8_t id) { return {.interface = "wan0", .id = id}; }

VrrpPlan plan() {
  return {.router = "gw1",
          .interface = "wan0",
          .id = 51,
          .router_address = router_address(multicast(51)),
          .own = {},
          .peers = {},
          .links = {"lan0"},
          .addresses = {{"wan0", address("203.0.113.1/24"), true},
                        {"wan0", router_address(multicast(51)), true},
                        {"office", address("10.0.0.1/24"), false}}};
}

TEST(KeepalivedConfig, AdvertisesTheRouterAndCarriesTheRest) {
  const std::string text = keepalived_config(plan(), "/run/sluice/vrrp/health");
  EXPECT_THAT(text,
              HasSubstr("virtual_ipaddress {\n    fe80::200:5eff:fe00:233/64 dev wan0 no_track\n  }\n"));
  EXPECT_THAT(text, HasSubstr("virtual_ipaddress_excluded {\n    203.0.113.1/24 dev wan0 no_track\n"
                              "    10.0.0.1/24 dev office noprefixroute no_track\n  }\n"));
  EXPECT_THAT(text, HasSubstr("advert_int 0.1\n"));
  EXPECT_THAT(text, HasSubstr("lan0 weight -20\n"));
  EXPECT_THAT(text, HasSubstr("file \"/run/sluice/vrrp/health\"\n"));
}

TEST(KeepalivedConfig, OneThatMayBeSilentSpeaksSeldom) {
  const std::string usual = keepalived_config(plan(), "health"), patient = patient_config(usual);
  EXPECT_THAT(patient, HasSubstr("  advert_int 1\n"));
  EXPECT_EQ(patient.size(), usual.size() - 2);
  EXPECT_EQ(patient_config(patient), patient);
}

TEST(KeepalivedConfig, HasNoEmptyBlocks) {
  VrrpPlan one = plan();
  one.links.clear();
  one.addresses = {{"wan0", router_address(multicast(51)), true}};
  const std::string text = keepalived_config(one, "health");
  EXPECT_THAT(text, Not(HasSubstr("track_interface")));
  EXPECT_THAT(text, Not(HasSubstr("virtual_ipaddress_excluded")));
}

TEST(KeepalivedConfig, SpeaksWithPeersAlone) {
  VrrpPlan made = plan();
  made.own = *IpAddress::parse("203.0.113.2");
  made.peers = {*IpAddress::parse("203.0.113.3")};
  EXPECT_THAT(keepalived_config(made, "health"),
              HasSubstr("unicast_src_ip 203.0.113.2\n  unicast_peer {\n    203.0.113.3\n  }\n"));
  EXPECT_THAT(keepalived_config(plan(), "health"), Not(HasSubstr("unicast_peer")));
  const MovingAddresses by_unicast{.interface = "wan0", .id = 51, .unicast = true, .own = made.own};
  EXPECT_EQ(router_address(by_unicast).to_string(), "169.254.0.51/32");
}

// RFC 5798 section 7.3: 00-00-5E-00-02-{VRID}.
TEST(KeepalivedConfig, TheRouterHasTheAddressOfItsMac) {
  EXPECT_EQ(router_address(multicast(1)).to_string(), "fe80::200:5eff:fe00:201/64");
  EXPECT_EQ(router_address(multicast(255)).to_string(), "fe80::200:5eff:fe00:2ff/64");
}

TEST(WorthOfYouth, WhoBecameActiveLaterIsWorthMore) {
  EXPECT_EQ(worth_of_youth({}), 0);
  for (int64_t age = 1; age < 40'000; age *= 2)
    EXPECT_GT(worth_of_youth(seconds(age)), worth_of_youth(seconds(2 * age + 1))) << age;
}

// Otherwise an active node would keep the addresses with a link that is down, or lose them with none.
TEST(WorthOfYouth, IsLessThanALinkAndNeverNothing) {
  EXPECT_LT(worth_of_youth(seconds(0)), kWorthOfLink);
  EXPECT_EQ(worth_of_youth(hours(24 * 365)), 1);
  EXPECT_LT(kVrrpPriority + worth_of_youth(seconds(0)) - kWorthOfHealth, kVrrpPriority - kWorthOfLink);
}

}   // namespace
}   // namespace sluice
