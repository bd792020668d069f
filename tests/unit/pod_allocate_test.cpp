// SPDX-License-Identifier: GPL-2.0-or-later
// What pods are given, and that it stays theirs.
#include <gmock/gmock.h>
#include <netinet/in.h>

#include "network/allotment_book.hpp"
#include "pod/allocate_pods.hpp"

namespace sluice {
namespace {

using testing::HasSubstr;

constexpr int64_t kNowOfPods = 1'800'000'000;

Pod pod_called(std::string name) {
  Pod made;
  made.name = std::move(name);
  made.services = {{.name = "web", .port = 80, .protocol = IPPROTO_TCP, .publish = true}};
  return made;
}

Document with_pods_called(const std::vector<std::string>& names, PortRange ports = {30000, 30003}) {
  Document document;
  document.pod_settings.ports = ports;
  for (const std::string& name : names) document.pods.push_back(pod_called(name));
  return document;
}

Allotments give(Document& document, const Allotments& known = {}, const PodSurroundings& around = {},
                int64_t now = kNowOfPods) {
  const auto given = allocate_pods(document, known, around, now);
  EXPECT_TRUE(given) << given.error().message;
  return given ? *given : Allotments{};
}

TEST(PodAllotments, AreTheNextThatAreFree) {
  Document document = with_pods_called({"a", "b"});
  give(document);
  EXPECT_EQ(document.pods[0].address->to_string(), "10.101.0.3");
  EXPECT_EQ(gateway_of(document.pods[0]).to_string(), "10.101.0.2");
  EXPECT_EQ(document.pods[1].address->to_string(), "10.101.0.5");
  EXPECT_EQ(document.pods[0].device, "pod-a");
  EXPECT_EQ(document.pods[1].services[0].outside_port, 30001);
  EXPECT_NE(document.pods[0].queue, document.pods[1].queue);
  EXPECT_NE(document.pod_settings.table, document.pods[0].queue);
}

TEST(PodAllotments, AreKeptInWhateverOrderPodsStand) {
  Document first = with_pods_called({"a", "b"}), second = with_pods_called({"b", "a"});
  const Allotments given = give(first);
  give(second, given);
  EXPECT_EQ(second.pods[0].address, first.pods[1].address);
  EXPECT_EQ(second.pods[0].services[0].outside_port, first.pods[1].services[0].outside_port);
  EXPECT_EQ(second.pod_settings.table, first.pod_settings.table);
}

TEST(PodAllotments, ThatTheDocumentSaysAreThose) {
  Document document = with_pods_called({"a", "b"});
  document.pods[1].address = IpAddress::parse("10.101.0.3");
  document.pods[1].services[0].outside_port = 30000;
  give(document);
  EXPECT_EQ(document.pods[0].address->to_string(), "10.101.0.5");
  EXPECT_EQ(document.pods[0].services[0].outside_port, 30001);
  EXPECT_EQ(document.pods[1].address->to_string(), "10.101.0.3");
  EXPECT_EQ(document.pods[1].services[0].outside_port, 30000);
}

TEST(PodAllotments, AreNotTakenFromAnother) {
  Document first = with_pods_called({"a"}), second = with_pods_called({"a", "b"});
  const Allotments given = give(first);
  second.pods[1].address = first.pods[0].address;
  second.pods[1].services[0].outside_port = first.pods[0].services[0].outside_port;
  const auto refused = allocate_pods(second, given, {}, kNowOfPods);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("its address 10.101.0.3 is said to be another pod's"));
  EXPECT_THAT(refused.error().message, HasSubstr("its port 30000 is said to be another service's"));
}

TEST(PodAllotments, RestWhenTheirOwnerIsGone) {
  Document first = with_pods_called({"a"}), second = with_pods_called({"b"}), third = with_pods_called({"c"});
  const Allotments given = give(second, give(first));
  EXPECT_EQ(second.pods[0].services[0].outside_port, 30001);
  EXPECT_EQ(second.pods[0].address->to_string(), "10.101.0.5");
  give(third, given, {}, kNowOfPods + kRestSeconds);
  EXPECT_EQ(third.pods[0].services[0].outside_port, 30000) << "a day later";
}

TEST(PodAllotments, ThatRestAreGivenWhereNothingElseIsLeft) {
  Document first = with_pods_called({"a"}, {30000, 30000}), second = with_pods_called({"b"}, {30000, 30000});
  give(second, give(first));
  EXPECT_EQ(second.pods[0].services[0].outside_port, 30000);
}

// As when the cluster refused it, and another node added another one since.
TEST(PodAllotments, ThatWereGivenBackAreNotHadAgainWhereTheyAreAnothers) {
  Document first = with_pods_called({"a"}), none = with_pods_called({}), third = with_pods_called({"a", "b"});
  const Allotments freed = give(none, give(first));
  third.pods[1].address = first.pods[0].address;
  third.pods[1].services[0].outside_port = first.pods[0].services[0].outside_port;
  give(third, freed);
  EXPECT_NE(third.pods[0].address, first.pods[0].address);
  EXPECT_EQ(third.pods[0].services[0].outside_port, 30001);
  Document alone = with_pods_called({"a"});
  alone.forwards = {
      {.name = "f", .protocols = {IPPROTO_TCP}, .ports = {{30000, 30000}}, .to = {}, .line = 3}};
  give(alone, freed);
  EXPECT_EQ(alone.pods[0].services[0].outside_port, 30001) << "a forward has it";
}

TEST(PodAllotments, OfWhoStayedAreNotThoseOfWhoComesBack) {
  Document first = with_pods_called({"a"}, {30000, 30000}), second = with_pods_called({"b"}, {30000, 30000});
  const Allotments given = give(second, give(first));
  Document both = with_pods_called({"a", "b"}, {30000, 30001});
  give(both, given);
  EXPECT_EQ(both.pods[1].services[0].outside_port, 30000) << "it rested, and was given to b";
  EXPECT_EQ(both.pods[0].services[0].outside_port, 30001);
}

TEST(PodPorts, AreThoseThatNobodyHas) {
  Document document = with_pods_called({"a"});
  document.forwards = {{.name = "f", .protocols = {IPPROTO_TCP}, .ports = {{29000, 30000}}, .to = {}}};
  document.masquerades.push_back({.name = "m", .ports = {30002, 30009}, .any_ports = false});
  const auto refused = allocate_pods(document, {}, {{}, {30001}}, kNowOfPods);
  ASSERT_FALSE(refused) << "a forward, a socket and a masquerade have them";
  document.masquerades.front().ports.first = 30003;
  give(document, {}, {{}, {30001}});
  EXPECT_EQ(document.pods[0].services[0].outside_port, 30002);
}

TEST(PodPorts, ThatAreAllGivenAreToldWithTheService) {
  Document document = with_pods_called({"a", "b", "c", "d", "e"});
  const auto refused = allocate_pods(document, {}, {}, kNowOfPods);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalidDocument);
  EXPECT_EQ(
      refused.error().message,
      "service \"web\" (line 0) of pod \"e\": no port of 30000-30003 is left: 4 are published, and sockets, "
      "forwards and mappings have the others");
}

TEST(PodPorts, OfAForwardThatCameLaterAreAConflict) {
  Document first = with_pods_called({"a"}), second = with_pods_called({"a"});
  const Allotments given = give(first);
  second.forwards = {
      {.name = "f", .protocols = {IPPROTO_TCP}, .ports = {{30000, 30000}}, .to = {}, .line = 3}};
  const auto refused = allocate_pods(second, given, {}, kNowOfPods);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("port 30000 is that of forward \"f\" (line 3)"));
}

TEST(PodAddresses, LieApartFromTheMachinesNetworks) {
  Document document = with_pods_called({"a"});
  const auto refused =
      allocate_pods(document, {}, {{{*Prefix::parse("10.101.3.0/24"), "eth0 has it"}}, {}}, kNowOfPods);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "pods: 10.101.0.0/16 overlaps 10.101.3.0/24: eth0 has it");
}

}   // namespace
}   // namespace sluice
