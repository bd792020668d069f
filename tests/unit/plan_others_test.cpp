// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/plan_others.hpp"

#include <gmock/gmock.h>

#include "plan_fixture.hpp"

namespace sluice {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

json with_front() {
  json document = json::parse(test::kHome);
  document["underlays"] = {{"near", {{"zone", "lan"}}}};
  document["services"] = {{"pages",
                           {{"listen", "203.0.113.1"},
                            {"ports", 8081},
                            {"backends", {{{"name", "one"}, {"near", "192.168.10.2:80"}}}}}}};
  document["front"] = {{"listen", {"203.0.113.1"}},
                       {"http", 8000},
                       {"domain", "example.org"},
                       {"certificates", {{{"chain", "a.pem"}, {"key", "a.key"}}}},
                       {"tokens", {{"algorithm", "ES256"}, {"key_file", "jwt.pub"}}}};
  document["sites"] = {{"app1", {{"service", "pages"}, {"access", {{"owner", "john"}}}}},
                       {"shop", {{"service", "pages"}, {"access", "public"}}}};
  document["zones"] = {{"lan", {{"dns", true}}}};
  document["names"] = {{"a.example.org", "192.168.10.2"}};
  return document;
}

std::vector<std::string> others(const json& before, const json& after) {
  const Document one = test::parsed(before.dump(2));
  return plan_others(&one, test::parsed(after.dump(2)));
}

// What the other side of the pointer becomes is told.
std::vector<std::string> others_after(const std::string& pointer, const json& value) {
  json after = with_front();
  after[json::json_pointer(pointer)] = value;
  return others(with_front(), after);
}

TEST(PlanOthers, WhatHasNoEffectIsNotTold) {
  const Document document = test::parsed(with_front().dump(2));
  EXPECT_THAT(plan_others(&document, test::parsed("\n\n" + with_front().dump(4))), IsEmpty());
  EXPECT_THAT(plan_others(nullptr, test::parsed(test::kHome)), IsEmpty());
}

TEST(PlanOthers, SitesThatComeGoOrChangeAreNamed) {
  EXPECT_THAT(others_after("/sites/app1/access", "public"), ElementsAre("change the front: site app1"));
  EXPECT_THAT(others_after("/sites/app1/limit", "5/1m"), ElementsAre("change the front: site app1"));
  json more = with_front();
  more["sites"]["blog"] = more["sites"]["shop"];
  more["sites"].erase("shop");
  EXPECT_THAT(others(with_front(), more), ElementsAre("change the front: sites blog, shop"));
  for (int i = 10; i < 50; ++i) more["sites"]["x" + std::to_string(i)] = more["sites"]["blog"];
  EXPECT_THAT(others(with_front(), more), ElementsAre(testing::EndsWith("x39 and 10 more")));
}

TEST(PlanOthers, OfTheFrontItselfItIsToldWhat) {
  EXPECT_THAT(others_after("/front/tokens/issuer", "https://other.example"),
              ElementsAre("change the front: its tokens"));
  EXPECT_THAT(others_after("/front/http", 8001), ElementsAre("change the front: its listeners"));
  EXPECT_THAT(others_after("/front/limits", {{"public", "5/1m"}}),
              ElementsAre("change the front: its limits"));
  EXPECT_THAT(others_after("/front/certificates/0/key", "b.key"),
              ElementsAre("change the front: its certificates"));
  EXPECT_THAT(others_after("/front/domain", "example.net"),
              ElementsAre("change the front: sites app1, shop; its domain"));
}

TEST(PlanOthers, AFrontStartsAndStops) {
  json without = with_front();
  without.erase("front");
  without.erase("sites");
  EXPECT_THAT(others(without, with_front()), ElementsAre("start the front: sites app1, shop"));
  EXPECT_THAT(others(with_front(), without), ElementsAre("stop the front: sites app1, shop"));
}

TEST(PlanOthers, OfTheResolverToo) {
  EXPECT_THAT(others_after("/names/b.example.org", "192.168.10.3"),
              ElementsAre("change the resolver's names"));
  EXPECT_THAT(others_after("/zones/lan/names", {{"b.example.org", "192.168.10.3"}}),
              ElementsAre("change the resolver's names"));
  EXPECT_THAT(others_after("/resolver", {{"upstreams", {"192.0.2.53"}}, {"grace", "5s"}}),
              ElementsAre("change the resolver's upstreams, grace"));
  EXPECT_THAT(others_after("/zones/internet", {{"dns", true}}), ElementsAre("change the resolver's zones"));
}

}   // namespace
}   // namespace sluice
