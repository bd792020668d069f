// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/queues.hpp"
#include "plan/parts.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

// Devices 2 (wan) and 3 (lan); lan is a tenant's.
constexpr std::string_view kTenant = R"({
  "version": 1,
  "interfaces": {
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24"], "rate": "100mbit"},
    "lan": {"zone": "red", "vrf": "red-net", "addresses": ["10.0.0.1/24"]}
  },
  "vrfs": {
    "red-net": {"table": 7, "bandwidth": {"guaranteed": "30mbit", "maximum": "40mbit"}},
    "blue-net": {"table": 8, "bandwidth": {"guaranteed": "20mbit"}},
    "grey-net": {"table": 9}
  }
})";

Queues whole(uint64_t rate) { return {.rate = rate, .classes = {{kOtherQueue, rate, rate}}}; }

const Queues kShared{
    .rate = 12'500'000,
    .classes = {{7, 3'750'000, 5'000'000}, {8, 2'500'000, 12'500'000}, {kOtherQueue, 6'250'000, 12'500'000}}};

template <class Wanted>
std::vector<Wanted> steps_of(const Plan& plan) {
  std::vector<Wanted> found;
  for (const Step& step : plan.steps)
    if (const auto* one = std::get_if<Wanted>(&step)) found.push_back(*one);
  return found;
}

Observed with_tenant() {
  Observed seen = fresh_machine();
  carry_out(seen, *make_plan(parsed(kTenant), seen));
  return seen;
}

TEST(PlanQueues, TheRateIsSharedByGuarantees) {
  const Observed seen = with_tenant();
  EXPECT_EQ(seen.queues.at("wan"), kShared);
  EXPECT_TRUE(make_plan(parsed(kTenant), seen)->empty());
}

TEST(PlanQueues, ATenantGetsNoMoreByItsOwnInterface) {
  EXPECT_EQ(with_tenant().queues.at("lan"), whole(5'000'000));
}

TEST(PlanQueues, ARateAloneIsEverybodys) {
  const Document document = parsed(R"({"version": 1, "interfaces": {
    "wan": {"zone": "internet", "rate": "8mbit"}, "lan": {"zone": "lan"}}})");
  EXPECT_EQ(queues_of(document, document.interfaces[0]), whole(1'000'000));
  EXPECT_EQ(queues_of(document, document.interfaces[1]), std::nullopt);
}

TEST(PlanQueues, WhatIsThereIsChangedInPlace) {
  const Observed seen = with_tenant();
  Document document = parsed(kTenant);
  document.vrfs[1].bandwidth.reset();
  const auto puts = steps_of<step::PutQueues>(*make_plan(document, seen));
  ASSERT_EQ(puts.size(), 1u);
  EXPECT_EQ(puts[0].previous, kShared);
  EXPECT_EQ(sentence(puts[0]), "let wan send from 100mbit in 3 queues at most 100mbit in 2 queues");
}

TEST(PlanQueues, TheyGoWithTheRate) {
  const Observed seen = with_tenant();
  const auto removes = steps_of<step::RemoveQueues>(*make_plan(parsed(kHome), seen));
  ASSERT_EQ(removes.size(), 2u);
  EXPECT_EQ(sentence(removes[1]), "no longer let wan send at most 100mbit in 3 queues");
}

TEST(PlanQueues, NobodyElsesAreReplaced) {
  Observed seen = fresh_machine();
  seen.other_queues["wan"] = "cake 8001:";
  const auto refused = make_plan(parsed(kTenant), seen);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "interface \"wan\" cannot have queues: somebody else put cake 8001: on it; `tc qdisc del dev wan "
            "root` takes it off");
  seen.in_force = true;
  const auto told = make_plan(parsed(kTenant), seen);
  EXPECT_EQ(told->degraded, std::vector<std::string>{refused.error().message});
  EXPECT_EQ(steps_of<step::PutQueues>(*told).size(), 1u) << "lan's";
}

TEST(PlanQueues, PacketsAreSortedByWhereTheyCameIn) {
  const Plan plan = *make_plan(parsed(kTenant), fresh_machine());
  for (const auto& [index, row] : plan.rules->interfaces)
    EXPECT_EQ((row.flags & SL_IF_QUEUED) != 0, index == 3) << index;
}

TEST(PlanQueues, XdpSendsNothingPastThem) {
  Document document = parsed(kTenant);
  for (Interface& interface : document.interfaces) interface.hook = HookChoice::kXdp;
  const Plan plan = *make_plan(document, fresh_machine());
  EXPECT_EQ(steps_of<step::AttachProgram>(plan).size(), 7u) << "XDP is where packets come in, and lo has tc";
  EXPECT_TRUE(plan.rules->tx_ports.empty());
  for (const auto& [index, row] : plan.rules->interfaces) EXPECT_FALSE(row.flags & SL_IF_XDP_OUT) << index;
  EXPECT_EQ(plan.notes.size(), 2u);
}

}   // namespace
}   // namespace sluice::test
