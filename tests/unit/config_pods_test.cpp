// SPDX-License-Identifier: GPL-2.0-or-later
// What a pod's name means where rules name zones, and pods as commands edit them.
#include <gmock/gmock.h>

#include "config/config.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kWithPods = R"({ "version": 1,
  "interfaces": { "wan": { "zone": "internet" }, "lan": { "zone": "lan" } },
  "policies": [ { "name": "ask", "from": ["lan", "app1"], "to": ["pod:app2"], "action": "accept" },
                { "name": "all", "from": "pods", "to": "host", "action": "drop" } ],
  "limits": [ { "name": "calm", "from": "app1", "rate": "100pps" } ],
  "pods": { "app1": {}, "app2": {} } })";

TEST(PodZones, AreTheirAddressesInTheZoneOfAll) {
  const auto checked = check_document(kWithPods, "x.json");
  ASSERT_TRUE(checked) << checked.error().front().text;
  const Document& document = checked->document;
  ASSERT_EQ(document.policies.size(), 3u);
  EXPECT_THAT(document.policies[0].from, ElementsAre("lan"));
  EXPECT_TRUE(document.policies[0].source.any());
  EXPECT_THAT(document.policies[1].from, ElementsAre("pods"));
  EXPECT_THAT(document.policies[1].source.sets, ElementsAre("pod:app1"));
  for (const size_t part : {0, 1}) {
    EXPECT_EQ(document.policies[part].name, "ask");
    EXPECT_THAT(document.policies[part].to, ElementsAre("pods"));
    EXPECT_THAT(document.policies[part].destination.sets, ElementsAre("pod:app2"));
  }
  EXPECT_THAT(document.policies[2].from, ElementsAre("pods"));
  EXPECT_TRUE(document.policies[2].source.any()) << "all of them";
  EXPECT_THAT(document.limits[0].source.sets, ElementsAre("pod:app1"));
  EXPECT_TRUE(document.zones.back().isolated);
}

TEST(PodZones, AreNoNamesWithoutPods) {
  const auto refused = check_document(
      R"({ "version": 1, "interfaces": { "lan": { "zone": "lan" } },
           "policies": [ { "name": "x", "from": "pods", "to": "lan", "action": "drop" } ] })",
      "x.json");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().front().text, HasSubstr("unknown zone \"pods\""));
}

TEST(AddPod, MakesTheObjectWhereThereIsNone) {
  const auto added = add_pod(R"({ "version": 1 })", "x.json", {"app1", {{"owner", R"("john")"}}});
  ASSERT_TRUE(added);
  EXPECT_EQ(*added, R"({ "version": 1, "pods": { "app1": { "owner": "john" } } })");
}

TEST(AddPod, OfTheSameContentChangesNothing) {
  const std::string text = R"({ "pods": { "app1": { "owner": "john" /* since May */ } } })";
  EXPECT_EQ(add_pod(text, "x.json", {"app1", {{"owner", R"("john")"}}}).value_or(""), text);
  const auto other = add_pod(text, "x.json", {"app1", {}});
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("already on line 1 of x.json with other content"));
}

TEST(RemovePod, TakesTheMemberAlone) {
  EXPECT_EQ(remove_pod(R"({ "pods": { "ports": "1-2", "app1": {} } })", "x.json", "app1").value_or(""),
            R"({ "pods": { "ports": "1-2" } })");
  const auto unknown = remove_pod(R"({ "pods": { "app1": {} } })", "x.json", "app2");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "no pod \"app2\" in x.json (did you mean \"app1\"?)");
  EXPECT_EQ(remove_pod(R"({ "pods": { "ports": "1-2" } })", "x.json", "ports").error().kind,
            ErrorKind::kUsage);
}

}   // namespace
}   // namespace sluice
