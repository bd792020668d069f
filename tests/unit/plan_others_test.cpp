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

// By the keys of the document.
json with_sections() {
  json document = with_front();
  document["ssh"] = {{"interface", "wan"}, {"users", {{"alice", "192.168.10.2"}, {"bob", "192.168.10.3"}}}};
  document["metrics"] = {{"listen", "127.0.0.1:9469"}};
  document["web"] = {{"listen", "127.0.0.1:8468"}, {"token_file", "web.token"}};
  document["nat_log"] = {{"collectors", {{{"name", "archive"}, {"to", "198.51.100.7"}}}}};
  document["mapping_requests"] = {{"from", "lan"}};
  return document;
}

std::vector<std::string> others_of_sections(const std::string& pointer, const json& value) {
  json after = with_sections();
  after[json::json_pointer(pointer)] = value;
  return others(with_sections(), after);
}

TEST(PlanOthers, SectionsStartAndStop) {
  EXPECT_THAT(others(with_front(), with_sections()), ElementsAre("start ssh", "start metrics", "start web",
                                                                 "start nat_log", "start mapping_requests"));
  EXPECT_THAT(others(with_sections(), with_front()),
              ElementsAre("stop ssh", "stop metrics", "stop web", "stop nat_log", "stop mapping_requests"));
  EXPECT_THAT(others(with_sections(), with_sections()), IsEmpty());
}

TEST(PlanOthers, OfSectionsItIsToldWhat) {
  EXPECT_THAT(others_of_sections("/ssh/users/alice", "192.168.10.9"), ElementsAre("change ssh: user alice"));
  EXPECT_THAT(others_of_sections("/ssh/rate", "200pps"), ElementsAre("change ssh: rate"));
  EXPECT_THAT(others_of_sections("/metrics/token_file", "a.token"),
              ElementsAre("change metrics: token_file"));
  EXPECT_THAT(others_of_sections("/web/allow", {"rollback"}), ElementsAre("change web: allow"));
  EXPECT_THAT(others_of_sections("/web/listen", "127.0.0.1:8469"), ElementsAre("change web: listen"));
  EXPECT_THAT(others_of_sections("/nat_log/collectors/0/protocol", "tcp"),
              ElementsAre("change nat_log: collector archive"));
  EXPECT_THAT(others_of_sections("/nat_log/journal", false), ElementsAre("change nat_log: journal"));
  EXPECT_THAT(others_of_sections("/mapping_requests/lifetime", "1h"),
              ElementsAre("change mapping_requests: lifetime"));
}

TEST(PlanOthers, WhatClientsAreToldAndRoutingDaemonsDoIsTold) {
  json before = with_front();
  before["networks"] = {{"corp",
                         {{"type", "l3vpn"},
                          {"routing", {{"bgp", {{"asn", 65001}}}}},
                          {"endpoints", {{"rome", {{"type", "cpe"}, {"routes", {"10.2.0.0/16"}}}}}}}}};
  const auto told = [&](const std::string& pointer, const json& value) {
    json after = before;
    after[json::json_pointer("/networks/corp" + pointer)] = value;
    return others(before, after);
  };
  EXPECT_THAT(told("/endpoint", "vpn.example.org"), ElementsAre("change network corp: endpoint"));
  EXPECT_THAT(told("/routing/bgp/asn", 65002), ElementsAre("change network corp: routing"));
  EXPECT_THAT(told("/endpoints/rome/expires", "2030-01-01T00:00:00Z"),
              ElementsAre("change network corp: endpoint rome"));
  EXPECT_THAT(told("/endpoints/rome/asn", 65009), ElementsAre("change network corp: endpoint rome"));
  EXPECT_THAT(told("/endpoints/milan", {{"type", "cpe"}}), IsEmpty()) << "steps tell it";
}

TEST(PlanOthers, HowBackendsAreAskedIsTold) {
  EXPECT_THAT(others_after("/services/pages/health", {{"type", "tcp"}}),
              ElementsAre("change service pages: health"));
  EXPECT_THAT(others_after("/services/pages/grace", "9s"), ElementsAre("change service pages: grace"));
}

}   // namespace
}   // namespace sluice
