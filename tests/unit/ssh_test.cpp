// SPDX-License-Identifier: GPL-2.0-or-later
// What users of SSH are given, what that means as rules, and what the gateway's sshd is told.
#include <gmock/gmock.h>
#include <netinet/in.h>

#include "ssh/allocate_ssh.hpp"
#include "ssh/expand_ssh.hpp"
#include "ssh/sshd_config.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr int64_t kNowOfSsh = 1'800'000'000;

IpAddress box_at(const char* text) { return *IpAddress::parse(text); }

SshUser ssh_user(const char* name, const std::vector<const char*>& boxes, std::vector<uint16_t> ports = {}) {
  SshUser user{.name = name, .boxes = {}, .ports = std::move(ports)};
  for (const char* box : boxes) user.boxes.push_back(box_at(box));
  return user;
}

Document ssh_of(std::vector<SshUser> users, PortRange ports = {10001, 10999}) {
  Document document;
  document.interfaces.push_back({.name = "wan", .zone = "internet"});
  Interface tunnel{.name = "wg-home", .zone = "home"};
  tunnel.vrf = "home";
  tunnel.behind = {*Prefix::parse("10.100.0.0/24"), *Prefix::parse("fd00:100::/64")};
  document.interfaces.push_back(tunnel);
  document.vrfs.push_back({.name = "home", .table = 7, .routes = {}, .bandwidth = {}});
  document.ssh.emplace();
  document.ssh->ports = ports;
  document.ssh->users = std::move(users);
  return document;
}

Allotments give_ssh(Document& document, const Allotments& known = {}, int64_t now = kNowOfSsh) {
  const auto given = allocate_ssh(document, known, now);
  EXPECT_TRUE(given) << given.error().message;
  return given ? *given : Allotments{};
}

TEST(SshAllotments, AreAPortForEachBox) {
  Document document =
      ssh_of({ssh_user("alice", {"10.100.0.2", "fd00:100::2"}), ssh_user("bob", {"10.100.0.3"})});
  give_ssh(document);
  EXPECT_THAT(document.ssh->users[0].ports, ElementsAre(10001, 10002));
  EXPECT_THAT(document.ssh->users[1].ports, ElementsAre(10003));
}

TEST(SshAllotments, AreKeptWhereABoxMovesAndRestWhereOneGoes) {
  Document first = ssh_of({ssh_user("alice", {"10.100.0.2"}), ssh_user("bob", {"10.100.0.3"})});
  Document second = ssh_of({ssh_user("carol", {"10.100.0.4"}), ssh_user("bob", {"10.100.0.9"})});
  Allotments given = give_ssh(first);
  given = give_ssh(second, given);
  EXPECT_THAT(second.ssh->users[1].ports, ElementsAre(10002)) << "he has another box now";
  EXPECT_THAT(second.ssh->users[0].ports, ElementsAre(10003)) << "what Alice had rests";
  Document third = ssh_of({ssh_user("alice", {"10.100.0.2"})});
  give_ssh(third, given);
  EXPECT_THAT(third.ssh->users[0].ports, ElementsAre(10001)) << "she is back";
}

TEST(SshAllotments, LeaveThoseThatTheDocumentSays) {
  Document document =
      ssh_of({ssh_user("alice", {"10.100.0.2", "10.100.0.4"}, {10002}), ssh_user("bob", {"10.100.0.3"})});
  give_ssh(document);
  EXPECT_THAT(document.ssh->users[0].ports, ElementsAre(10002, 10001));
  EXPECT_THAT(document.ssh->users[1].ports, ElementsAre(10003));
}

TEST(SshAllotments, SayWhoHasNoPort) {
  Document document =
      ssh_of({ssh_user("alice", {"10.100.0.2"}), ssh_user("bob", {"10.100.0.3"})}, {10001, 10001});
  const auto given = allocate_ssh(document, {}, kNowOfSsh);
  ASSERT_FALSE(given);
  EXPECT_THAT(given.error().message, HasSubstr("SSH user \"bob\" (line 0): no port is left of 10001"));
  Document other = ssh_of({ssh_user("alice", {"10.100.0.2"}), ssh_user("bob", {"10.100.0.3"}, {10001})});
  const auto taken = allocate_ssh(other, {{{"ssh:", "alice", "port"}, {"10001", 0}}}, kNowOfSsh);
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().message, HasSubstr("its port 10001 is said to be another box's"));
}

TEST(SshAllotments, ThatWereGivenBackAreNotHadAgainWhereTheyAreAnothers) {
  Document document = ssh_of({ssh_user("alice", {"10.100.0.2"}), ssh_user("bob", {"10.100.0.3"}, {10001})});
  const auto given = allocate_ssh(document, {{{"ssh:", "alice", "port"}, {"10001", kNowOfSsh}}}, kNowOfSsh);
  ASSERT_TRUE(given) << given.error().message;
  EXPECT_NE(given->at({"ssh:", "alice", "port"}).value, "10001");
}

TEST(SshAllotments, HoldWithoutAnyUser) {
  Document document;
  const auto given = allocate_ssh(document, {{{"ssh:", "alice", "port"}, {"10001", 0}}}, kNowOfSsh);
  ASSERT_TRUE(given);
  EXPECT_EQ(given->at({"ssh:", "alice", "port"}).freed, kNowOfSsh);
}

TEST(SshRules, AreForwardsIntoTheVrfOfTheBox) {
  Document document = ssh_of({ssh_user("alice", {"10.100.0.2", "192.168.10.2"})});
  give_ssh(document);
  EXPECT_THAT(expand_ssh(document, {.zone = "internet", .device = "wan"}), IsEmpty());
  ASSERT_EQ(document.forwards.size(), 2u);
  const Forward& inside = document.forwards[0];
  EXPECT_EQ(inside.name, "ssh:alice");
  EXPECT_EQ(std::get<std::string>(inside.listen), "wan");
  EXPECT_EQ(inside.ports.front().first, 10001);
  EXPECT_EQ(inside.to_port, 22);
  EXPECT_EQ(inside.vrf, "home");
  EXPECT_EQ(document.forwards[1].name, "ssh:alice/2");
  EXPECT_EQ(document.forwards[1].vrf, "") << "nobody knows it: it is where routes lead";
}

TEST(SshRules, LetTheGatewayJumpAndLimitCallers) {
  Document document = ssh_of({ssh_user("alice", {"10.100.0.2"}), ssh_user("bob", {"10.100.0.2"})});
  give_ssh(document);
  expand_ssh(document, {.zone = "internet", .device = "wan"});
  const Policy& jump = document.policies.front();
  EXPECT_THAT(jump.from, ElementsAre("host"));
  EXPECT_THAT(jump.to, ElementsAre("home"));
  EXPECT_THAT(jump.destination.prefixes, ElementsAre(*Prefix::parse("10.100.0.2/32")))
      << "both have the same";
  ASSERT_EQ(document.routes.size(), 1u);
  EXPECT_TRUE(document.routes[0].for_host);
  EXPECT_EQ(document.routes[0].through, "home");
  ASSERT_EQ(document.limits.size(), 1u);
  EXPECT_THAT(document.limits[0].from, ElementsAre("internet"));
  EXPECT_EQ(document.limits[0].key.kind, LimitKey::kSource);
}

TEST(SshRules, SayWhenThereIsNoWayIn) {
  Document document = ssh_of({ssh_user("alice", {"10.100.0.2"})});
  give_ssh(document);
  EXPECT_THAT(expand_ssh(document, {}), ElementsAre(HasSubstr("boxes have no ports")));
  EXPECT_THAT(document.forwards, IsEmpty());
  EXPECT_EQ(document.policies.size(), 1u) << "the gateway can jump all the same";
}

TEST(SshdConfig, OpensTheOwnBoxesAndNothingElse) {
  Ssh ssh;
  ssh.users = {ssh_user("alice", {"10.100.0.2", "fd00:100::2"})};
  const std::string text = sshd_config(ssh);
  EXPECT_THAT(text, HasSubstr("\nMatch User alice\n    PermitOpen 10.100.0.2:22 [fd00:100::2]:22\n"));
  for (const char* closed :
       {"PermitListen none", "PermitTTY no", "PermitTunnel no", "ForceCommand /bin/false"})
    EXPECT_THAT(text, HasSubstr(closed));
  EXPECT_THAT(text, Not(HasSubstr("any")));
}

TEST(SshUserNames, AreNoPatterns) {
  for (const char* name : {"alice", "john.doe", "a_b-c9"}) EXPECT_TRUE(is_ssh_user(name)) << name;
  for (const char* name : {"", "*", "a*", "!a", "a,b", "a b", "a\nb", "Alice", "9a", "root", "a?"})
    EXPECT_FALSE(is_ssh_user(name)) << name;
  EXPECT_FALSE(is_ssh_user(std::string(33, 'a')));
}

}   // namespace
}   // namespace sluice
