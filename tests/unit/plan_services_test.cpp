// SPDX-License-Identifier: GPL-2.0-or-later
// Services that are led elsewhere in the rules that are in force: what differs is found, and nothing else is
// touched.
#include "plan/plan_services.hpp"

#include <fmt/format.h>

#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

// Services of two backends each; `weights` of the first backends, in their order.
Document document_of(const std::vector<std::string>& first, std::string_view more = "") {
  std::string services;
  for (size_t i = 0; i < first.size(); ++i)
    services += fmt::format(
        R"({}"web{}": {{"listen": "203.0.113.1", "ports": {}, "backends": [
           {{"name": "one", "near": "192.168.10.2:80", {}}}, {{"name": "two", "near": "192.168.10.3:80"}}]}})",
        i ? ", " : "", i, 8000 + i, first[i]);
  return parsed(fmt::format(R"({{"version": 1, {} "interfaces": {{
      "wan": {{"zone": "internet", "addresses": ["203.0.113.1/24"]}},
      "lan": {{"zone": "lan", "addresses": ["192.168.10.1/24"]}}}},
    "underlays": {{"near": {{"zone": "lan"}}}}, "services": {{{}}}}})",
                            more, services));
}

const std::string kServes = R"("weight": 1)", kDrains = R"("drain": true)";

// In force, by this process.
Observed machine_with(const Document& document) {
  Observed seen = fresh_machine();
  const auto plan = make_plan(document, seen);
  carry_out(seen, *plan);
  seen.engine.rules = plan->rules;
  seen.engine.room = 100;
  return seen;
}

std::vector<std::string> steps_to(const Document& document, const Observed& seen) {
  return sentences_of(*make_plan(document, seen));
}

TEST(PlanServices, OneThatIsLedElsewhereIsTheOnlyStep) {
  const Observed seen = machine_with(document_of({kServes, kServes}));
  EXPECT_EQ(steps_to(document_of({kServes, kDrains}), seen),
            std::vector<std::string>{R"(lead service "web1" to 1 of 2 IPv4 addresses)"});
  EXPECT_EQ(steps_to(document_of({kServes, R"("weight": 3)"}), seen),
            std::vector<std::string>{R"(lead service "web1" to 2 of 2 IPv4 addresses)"});
}

TEST(PlanServices, TheLastStepHasTheDigestOfTheRulesThatAreWanted) {
  const Observed seen = machine_with(document_of({kServes, kServes}));
  const auto plan = make_plan(document_of({kDrains, kDrains}), seen);
  ASSERT_EQ(plan->steps.size(), 2u);
  const auto &first = std::get<step::LeadService>(plan->steps[0]),
             &last = std::get<step::LeadService>(plan->steps[1]);
  EXPECT_EQ(first.previous_digest, seen.engine.rules_digest);
  EXPECT_EQ(last.previous_digest, first.digest);
  EXPECT_EQ(last.digest, text_of_digest(digest_of(*plan->rules)));
}

TEST(PlanServices, WhereTheBlocksLieIsNoDifference) {
  const Document document = document_of({kServes, kServes});
  Observed seen = machine_with(document);
  const NumberedRules moved = with_blocks(*seen.engine.rules, blocks_of(*seen.engine.rules));
  EXPECT_GT(moved.backends.size(), seen.engine.rules->backends.size());
  EXPECT_EQ(digest_of(moved), digest_of(*seen.engine.rules));
  seen.engine.rules = std::make_shared<NumberedRules>(moved);
  EXPECT_EQ(steps_to(document_of({kDrains, kServes}), seen).size(), 1u);
  EXPECT_EQ(steps_to(document, seen), std::vector<std::string>{});
}

TEST(PlanServices, RulesThatDifferInMoreArePutInForce) {
  const Observed seen = machine_with(document_of({kServes, kServes}));
  for (const Document& other : {document_of({kServes, kDrains}, R"("timeouts": {"udp": "100s"},)"),
                                document_of({kServes, kServes, kServes})})
    EXPECT_TRUE(steps_to(other, seen).at(0).starts_with("put the rules in force"));
}

TEST(PlanServices, SoAreThoseOfAnotherProcessAndThoseWithoutRoom) {
  const Document other = document_of({kServes, kDrains});
  const Observed seen = machine_with(document_of({kServes, kServes}));
  Observed unknown = seen, full = seen, half = seen;
  unknown.engine.rules = nullptr;
  full.engine.room = 0;
  half.engine.rules_digest = text_of_digest(0);
  for (const Observed& one : {unknown, full, half})
    EXPECT_TRUE(steps_to(other, one).at(0).starts_with("put the rules in force"));
}

TEST(PlanServices, ManyAreExchangedTogether) {
  const std::vector<std::string> all(kMostServicesInPlace + 1, kServes),
      none(kMostServicesInPlace + 1, kDrains);
  EXPECT_TRUE(steps_to(document_of(none), machine_with(document_of(all)))
                  .at(0)
                  .starts_with("put the rules in force"));
}

std::vector<ServiceChange> changes_of(const Document& before, const Document& after) {
  std::vector<ServiceChange> changes;
  for (size_t i = 0; i < before.forwards.size(); ++i)
    changes.push_back(
        {before.forwards[i].name, Family::kIpv4, before.forwards[i].service, after.forwards[i].service});
  return changes;
}

TEST(PlanServices, AChangeOfStatesAloneNeedsNoMoreThanTheirServices) {
  const Document before = document_of({kServes, kServes}), after = document_of({kServes, kDrains});
  const Observed seen = machine_with(before);
  ObservedEngine little = seen.engine;
  little.rules = nullptr;
  const auto quick = lead_services(before, changes_of(before, after), little);
  const auto whole = make_plan(after, seen);
  ASSERT_TRUE(quick);
  ASSERT_EQ(quick->size(), 1u);
  const auto &a = std::get<step::LeadService>(quick->at(0)),
             &b = std::get<step::LeadService>(whole->steps.at(0));
  EXPECT_TRUE(BlockView(*a.block) == BlockView(*b.block));
  EXPECT_EQ(a.digest, b.digest);
  EXPECT_EQ(lead_services(before, changes_of(before, before), little)->size(), 0u);
}

TEST(PlanServices, OtherAddressesAreAMatterOfAllRules) {
  const Document before = document_of({kServes});
  const Observed seen = machine_with(before);
  auto other = std::make_shared<Balancing>(*before.forwards[0].service);
  other->members.pop_back();
  const std::vector<ServiceChange> changes{{"web0", Family::kIpv4, before.forwards[0].service, other}};
  EXPECT_EQ(lead_services(before, changes, seen.engine), std::nullopt);
}

}   // namespace
}   // namespace sluice::test
