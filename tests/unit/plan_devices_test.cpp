// SPDX-License-Identifier: GPL-2.0-or-later
// The steps that make devices, by themselves.
#include <gmock/gmock.h>

#include <algorithm>

#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

using testing::Each, testing::IsEmpty, testing::StartsWith;

constexpr const char* kWithBridge = R"({ "version": 1, "engine": "ebpf", "interfaces": {
  "wan": { "zone": "internet", "addresses": ["203.0.113.1/24"] },
  "br0": { "zone": "lan", "addresses": ["192.168.10.1/24"], "bridge": { "members": ["lan"] } } } })";

std::vector<std::string> devices_of(const std::string& document, const Observed& seen) {
  const auto plan = plan_devices(parsed(document), seen);
  return plan ? sentences_of(*plan) : std::vector{plan.error().message};
}

TEST(PlanDevices, MakesThemAndSetsThemUp) {
  EXPECT_EQ(devices_of(kWithBridge, fresh_machine()),
            (std::vector<std::string>{"make bridge br0", "set br0 up"}));
}

TEST(PlanDevices, AreTheStepsOfThePlan) {
  const auto all = sentences_of(make_plan(parsed(kWithBridge), fresh_machine()).value());
  for (const std::string& sentence : devices_of(kWithBridge, fresh_machine()))
    EXPECT_EQ(std::ranges::count(all, sentence), 1) << sentence;
}

TEST(PlanDevices, AreNoneWhereTheyAreThere) {
  Observed seen = fresh_machine();
  const Document document = parsed(kWithBridge);
  for (int round = 0; round < 3; ++round) carry_out(seen, make_plan(document, seen).value());
  EXPECT_THAT(devices_of(kWithBridge, seen), IsEmpty());
}

TEST(PlanDevices, RefuseWhatThePlanRefuses) {
  Observed seen = fresh_machine();
  add_link(seen, "br0", 7, "bridge");   // of somebody else's
  const std::string why = make_plan(parsed(kWithBridge), seen).error().message;
  EXPECT_THAT(devices_of(kWithBridge, seen), Each(StartsWith("interface \"br0\"")));
  EXPECT_EQ(devices_of(kWithBridge, seen), std::vector{why});
}

}   // namespace
}   // namespace sluice::test
