// SPDX-License-Identifier: GPL-2.0-or-later
// Drop reasons of what has run out: tables, shares, ports. All others are in drop_reasons_test.cpp.
#include "drop_reason.hpp"
#include "support/fill.hpp"

namespace sluice::test {
namespace {

TEST_P(DropReason, TABLE_FULL) {
  fill_flows(lab);
  EXPECT_EQ(what(At::kLan, out / Udp{}), "dropped: TABLE_FULL");
  lab.forget();
}

TEST_P(DropReason, HALF_OPEN_FULL) {
  for (uint16_t port = 1; port <= 40; ++port)
    ASSERT_EQ(what(At::kLan, Ip4{.src = kInside, .dst = kFar} / Udp{.sport = port}), "forwarded");
  ASSERT_EQ(what(At::kLan, Ip4{.src = kSecond, .dst = kFar} / Udp{}), "forwarded");
  fill_places(lab, "192.168.10.3:40000 > 198.51.100.7:53");
  (void)take_events(lab);
  EXPECT_EQ(what(At::kLan, Ip4{.src = kInside, .dst = kFar} / Udp{.sport = 99}), "dropped: HALF_OPEN_FULL")
      << "it has more that wait than the other one";
  EXPECT_EQ(told(), (std::vector<int>{SL_EVENT_HALF_OPEN_FULL}));
  EXPECT_EQ(what(At::kLan, Ip4{.src = "192.168.10.4", .dst = kFar} / Udp{}), "forwarded") << "it has none";
}

TEST_P(DropReason, HOST_FLOWS) {
  sl_config* config = lab.tables().config.operator->();
  const uint32_t before = std::exchange(config->flows_per_host, 1);
  EXPECT_EQ(what(At::kLan, out / Udp{}), "forwarded");
  EXPECT_EQ(what(At::kLan, out / Udp{.sport = 2}), "dropped: HOST_FLOWS");
  config->flows_per_host = before;
}

TEST_P(DropReason, TARGET_HALF_OPEN) {
  Rules rules = home_rules();
  rules.forwards =
      R"({ "name": "web", "listen": "203.0.113.1", "ports": 80, "to": "192.168.10.2", "half_open": 1 })";
  use(rules);
  (void)take_events(lab);
  EXPECT_EQ(what(At::kWan, in / Tcp{.sport = 1}), "forwarded");
  EXPECT_EQ(what(At::kWan, in / Tcp{.sport = 2}), "dropped: TARGET_HALF_OPEN");
  EXPECT_EQ(told(), (std::vector<int>{SL_EVENT_TARGET_HALF_OPEN}));
}

TEST_P(DropReason, NO_BACKEND) {
  Rules rules = home_rules();
  rules.more =
      R"(, "underlays": { "near": { "zone": "lan" } }, "services": { "web": { "listen": "203.0.113.1",
    "ports": 80, "backends": [ { "name": "one", "near": "192.168.10.2:80", "drain": true } ] } })";
  rules.forwards.clear();
  use(rules);
  EXPECT_EQ(what(At::kWan, in / Tcp{}), "answered: NO_BACKEND");
}

TEST_P(DropReason, OTHER_FAMILY) {
  Rules rules = home_rules();
  rules.more =
      R"(, "underlays": { "near": { "zone": "lan" } }, "services": { "across": { "listen": "203.0.113.1", "protocol": "udp",
    "ports": 80, "backends": [ { "name": "one", "near": "[2001:db8:10::2]:80" } ] } })";
  rules.forwards.clear();
  use(rules);
  EXPECT_EQ(what(At::kWan, Ip4{.src = kFar, .dst = kWanAddress, .df = false, .more = true} /
                               Udp{.dport = 80, .length = 100, .checksum = 0} / text("sixteen bytes of")),
            "dropped: OTHER_FAMILY")
      << "nobody knows what the rest of the datagram sums up to";
}

TEST_P(DropReason, NO_PORTS) {
  Rules rules = home_rules();
  rules.masquerade = R"({ "name": "out", "from": "lan", "to": "internet", "ports": 40000 })";
  use(rules);
  ASSERT_EQ(what(At::kLan, out / Udp{.sport = 1111}), "forwarded");
  EXPECT_EQ(what(At::kLan, out / Udp{.sport = 2222}), "dropped: NO_PORTS");
}

TEST_P(DropReason, NO_ADDRESS) {
  EXPECT_EQ(what(At::kLan, Ip4{.src = kInside, .dst = "198.18.0.1"} / Udp{}), "dropped: NO_ADDRESS");
}

TEST_P(DropReason, AMBIGUOUS) {
  ASSERT_EQ(what(At::kLan, out / Gre{}), "forwarded");
  EXPECT_EQ(what(At::kLan, Ip4{.src = kSecond, .dst = kFar} / Gre{}), "dropped: AMBIGUOUS");
  EXPECT_EQ(what(At::kLan, Ip4{.src = kSecond, .dst = kOutside} / Gre{}), "forwarded") << "to another peer";
}

TEST_P(DropReason, MAPPINGS_FULL) {
  fill_mappings(lab);
  (void)take_events(lab);
  EXPECT_EQ(what(At::kLan, out / Udp{}), "dropped: MAPPINGS_FULL");
  EXPECT_EQ(told(), (std::vector<int>{SL_EVENT_MAPPINGS_FULL}));
  lab.forget();
}

TEST_P(DropReason, HOST_MAPPINGS) {
  use({R"({ "name": "all", "from": "lan", "to": "internet", "action": "accept" })",
       R"({ "name": "out", "from": "lan", "to": "internet", "mappings_per_host": 1, "quota": "hard" })", "",
       "", ""});
  ASSERT_EQ(what(At::kLan, out / Udp{.sport = 1}), "forwarded");
  EXPECT_EQ(what(At::kLan, out / Udp{.sport = 2}), "dropped: HOST_MAPPINGS");
}

}   // namespace
}   // namespace sluice::test
