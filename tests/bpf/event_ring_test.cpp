// SPDX-License-Identifier: GPL-2.0-or-later
// The ring of events when nobody reads it: one VRF's flood leaves the others their share of the last places.
#include "support/events.hpp"
#include "support/ports.hpp"

namespace sluice::test {
namespace {

constexpr int kPlaces = SL_EVENTS_BYTES / SL_EVENT_PLACE;
constexpr auto kLogged = R"(
  { "name": "out", "from": "lan", "to": "internet", "family": "ipv4", "log": true },
  { "name": "office", "from": "dmz", "to": "internet", "family": "ipv4", "log": true })";
constexpr auto kOffice =
    R"(, "vrfs": { "office": { "table": 1100, "routes": [ { "to": "0.0.0.0/0", "through": "main" } ] } })";

class EventRing : public PortsTest {
 protected:
  void SetUp() override {
    PortsTest::SetUp();
    Rules rules = home_rules();
    rules.masquerade = kLogged;
    rules.forwards = "";
    rules.more = kOffice;
    lab.forget();
    lab.apply(saying(document_of(rules), "dmz", R"("vrf": "office")"));
    (void)take_events(lab);
  }
  // A mapping speaks when it is made and when it ends.
  void speak(At device, std::string_view source, int events) {
    for (int n = 0; n < events / 2; ++n) {
      const auto sport = static_cast<uint16_t>(1024 + n % 1024);
      ASSERT_EQ(from(device, Ip4{.src = source, .dst = kFar} / Udp{.sport = sport}).what, "forwarded");
      if (n % 1024 == 1023) end_all();
    }
    end_all();
  }
  // How many came of the main VRF, and of others.
  std::pair<int, int> told() {
    std::pair<int, int> count{};
    for (const sl_event& event : take_events(lab)) ++(event.vrf ? count.second : count.first);
    return count;
  }
};
ON_BOTH_HOOKS(EventRing);

TEST_P(EventRing, WhoFloodsHidesNobodyElse) {
  speak(At::kLan, kInside, kPlaces + 2000);
  speak(At::kDmz, kDmz, 40);
  const auto [flood, others] = told();
  EXPECT_EQ(flood, kPlaces - SL_EVENTS_KEPT + SL_EVENTS_SHARE);
  EXPECT_EQ(others, 40);
}

TEST_P(EventRing, NobodyHasMoreOfTheLastPlacesThanTheShare) {
  speak(At::kLan, kInside, kPlaces + 2000);
  speak(At::kDmz, kDmz, 2 * SL_EVENTS_SHARE);
  EXPECT_EQ(told().second, SL_EVENTS_SHARE);
}

TEST_P(EventRing, TheShareIsANewOneWhenTheRingWasRead) {
  speak(At::kLan, kInside, kPlaces + 2000);
  (void)told();
  speak(At::kLan, kInside, kPlaces + 2000);
  EXPECT_EQ(told().first, kPlaces - SL_EVENTS_KEPT + SL_EVENTS_SHARE);
}

}   // namespace
}   // namespace sluice::test
