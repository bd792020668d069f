// SPDX-License-Identifier: GPL-2.0-or-later
// What pods mean in the words of documents.
#include <gmock/gmock.h>
#include <netinet/in.h>

#include <algorithm>

#include "pod/allocate_pods.hpp"
#include "pod/expand_pods.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;

Interface interface_in(std::string name, std::string zone) {
  Interface made;
  made.name = std::move(name);
  made.zone = std::move(zone);
  return made;
}

Policy policy_called(std::string name) {
  Policy made;
  made.name = std::move(name);
  made.from = {"lan"};
  made.to = {"internet"};
  made.action = Action::kAccept;
  return made;
}

// "a" goes out and is published, "b" is let in by "a" and by the LAN, and reaches one network of it.
Document platform() {
  Document document;
  document.interfaces = {interface_in("wan", "internet"), interface_in("lan", "lan")};
  document.zones = {{.name = "internet"}, {.name = "lan"}, {.name = std::string(kPodZone), .isolated = true}};
  document.policies = {policy_called("own")};
  Pod a, b;
  a.name = "a";
  a.egress.accept = true;
  a.services = {{.name = "web", .port = 80, .protocol = IPPROTO_TCP, .publish = true}};
  a.bandwidth = PodBandwidth{0, 1'000'000};
  b.name = "b";
  b.ingress = {{.pod = "a"}, {.zone = "lan"}, {.zone = "front"}};
  b.egress.prefixes = {*Prefix::parse("192.168.10.0/24")};
  b.egress.ports = {{443, 443}};
  document.pods = {a, b};
  EXPECT_TRUE(allocate_pods(document, {}, {}, 1));
  return document;
}

WayOut way_by_wan() {
  WayOut way;
  way.zone = "internet";
  way.device = "wan";
  return way;
}

std::vector<std::string> names_of(const auto& rules) {
  std::vector<std::string> names;
  for (const auto& rule : rules) names.push_back(rule.name);
  return names;
}

TEST(ExpandedPods, SayWhatTheyMayBehindTheDocumentsOwnPolicies) {
  Document document = platform();
  EXPECT_TRUE(expand_pods(document, way_by_wan()).empty());
  EXPECT_THAT(names_of(document.policies),
              ElementsAre("own", "pods names", "pod:b ingress 1", "pod:b ingress 2", "pod:b prefixes",
                          "pods dns", "pods private", "pod:a"));
  const Policy& prefixes = document.policies[4];
  EXPECT_THAT(prefixes.to, ElementsAre("internet", "lan")) << "neither pods nor the gateway";
  EXPECT_THAT(prefixes.protocols, ElementsAre(IPPROTO_TCP, IPPROTO_UDP));
  EXPECT_EQ(document.policies[5].action, Action::kDrop);
  EXPECT_THAT(document.policies.back().source.sets, ElementsAre("pod:a"));
}

// Hosts of domains may be asked for no names, unless their ports are named: also where no pod has the
// internet.
TEST(ExpandedPods, AskOnlyTheGatewayForNames) {
  Document document = platform();
  document.pods[0].egress.accept = false;
  document.pods[0].egress.domains = document.pods[1].egress.domains = {"ok.example"};
  expand_pods(document, way_by_wan());
  EXPECT_THAT(names_of(document.policies),
              ElementsAre("own", "pods names", "pod:b ingress 1", "pod:b ingress 2", "pod:b prefixes",
                          "pod:b domains", "pods dns", "pod:a domains"));
  EXPECT_EQ(document.policies[6].action, Action::kDrop);
  EXPECT_THAT(document.policies[6].ports, ElementsAre(PortRange{53, 53}, PortRange{853, 853}));
}

TEST(ExpandedPods, HaveALinkAndAnAddressEach) {
  Document document = platform();
  expand_pods(document, way_by_wan());
  const Interface& a = document.interfaces[2];
  EXPECT_EQ(a.name, "pod-a");
  EXPECT_EQ(a.vrf, kPodVrf);
  EXPECT_EQ(a.addresses.front().to_string(), "10.101.0.2/31");
  const auto& veth = std::get<Veth>(a.made);
  EXPECT_EQ(veth.space, "pod-a");
  EXPECT_EQ(veth.address.to_string(), "10.101.0.3");
  EXPECT_THAT(document.sets.at("pod:a"), ElementsAre(*Prefix::parse("10.101.0.3/32")));
  ASSERT_EQ(document.vrfs.size(), 1u);
  EXPECT_EQ(document.vrfs.front().table, document.pod_settings.table);
}

TEST(ExpandedPods, AreHiddenAndPublishedWhereTheDefaultRouteLeads) {
  Document document = platform();
  expand_pods(document, way_by_wan());
  EXPECT_THAT(names_of(document.masquerades), ElementsAre("pods all"));
  ASSERT_EQ(document.forwards.size(), 1u);
  const Forward& forward = document.forwards.front();
  EXPECT_EQ(forward.name, "pod:a:web");
  EXPECT_EQ(std::get<std::string>(forward.listen), "wan");
  EXPECT_EQ(forward.ports.front().first, 30000);
  EXPECT_EQ(forward.to.to_string(), "10.101.0.3");
  EXPECT_TRUE(document.interfaces[0].rate) << "a maximum needs queues on the way out";
}

TEST(ExpandedPods, WithoutAWayOutAreToldOf) {
  Document document = platform();
  const auto told = expand_pods(document, {});
  EXPECT_EQ(told.size(), 2u) << "neither published nor let out";
  EXPECT_TRUE(document.forwards.empty());
  EXPECT_TRUE(document.masquerades.empty());
}

TEST(ExpandedPods, LeaveAMasqueradeOfTheDocumentAlone) {
  Document document = platform();
  Masquerade own;
  own.name = "own";
  own.from = {std::string(kPodZone)};
  own.to = {"internet"};
  document.masquerades = {own};
  expand_pods(document, way_by_wan());
  EXPECT_THAT(names_of(document.masquerades), ElementsAre("own"));
}

}   // namespace
}   // namespace sluice
