// SPDX-License-Identifier: GPL-2.0-or-later
// Who is told to have connected to a box, by what flows say.
#include <gmock/gmock.h>
#include <netinet/in.h>

#include "gateway/ssh_watch.hpp"
#include "show/log_subject.hpp"
#include "show/ssh_event.hpp"

namespace sluice {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::SizeIs;
using Way = SshConnection::Way;

Document watched() {
  Document document;
  document.interfaces.push_back(
      {.name = "lan", .zone = "lan", .addresses = {*InterfaceAddress::parse("10.1.0.1/24")}});
  document.ssh.emplace();
  for (const char* name : {"alice", "bob"})
    document.ssh->users.push_back({.name = name, .boxes = {*IpAddress::parse("10.1.0.2")}, .ports = {}});
  document.ssh->users[0].ports = {10001};
  document.ssh->users[1].ports = {10002};
  return document;
}

FlowState to_box(const char* source, uint16_t source_port, uint16_t port, uint16_t zone_in = 2) {
  FlowState flow;
  flow.protocol = IPPROTO_TCP;
  flow.phase = FlowPhase::kEstablished;
  flow.original.source = *IpAddress::parse(source);
  flow.original.destination = *IpAddress::parse(port == kSshPort ? "10.1.0.2" : "203.0.113.1");
  flow.original.source_port = source_port;
  flow.original.destination_port = port;
  flow.reply.source = *IpAddress::parse("10.1.0.2");
  flow.reply.source_port = kSshPort;
  flow.zone_in = zone_in;
  return flow;
}

std::vector<SshConnection> look(SshWatch& watch, const std::vector<FlowState>& flows) {
  const Document document = watched();
  watch.begin(document);
  for (const FlowState& flow : flows) watch.note(flow);
  return watch.end(document);
}

TEST(SshWatch, TellsEachConnectionOnce) {
  SshWatch watch;
  const FlowState one = to_box("198.51.100.7", 4000, 10002), other = to_box("198.51.100.7", 4001, 10002);
  const auto first = look(watch, {one, one});
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].user, "bob") << "whose port it is";
  EXPECT_EQ(first[0].way, Way::kPort);
  EXPECT_EQ(first[0].outside_port, 10002);
  EXPECT_THAT(look(watch, {one}), IsEmpty());
  EXPECT_THAT(look(watch, {one, other}), SizeIs(1));
  EXPECT_THAT(look(watch, {}), IsEmpty());
  EXPECT_THAT(look(watch, {one}), SizeIs(1)) << "its port is in use again";
}

TEST(SshWatch, KnowsTheWay) {
  SshWatch watch;
  const auto found = look(watch, {to_box("10.1.0.1", 4000, 22, 0), to_box("10.1.0.9", 4000, 22)});
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].way, Way::kJump);
  EXPECT_EQ(found[1].way, Way::kInside);
  EXPECT_EQ(found[1].user, "alice,bob") << "it is the box of both";
}

TEST(SshWatch, LeavesOthersAlone) {
  SshWatch watch;
  FlowState unanswered = to_box("198.51.100.7", 4000, 10001), web = unanswered, elsewhere = unanswered,
            other_vrf = unanswered;
  unanswered.phase = FlowPhase::kHalfOpen;
  web.reply.source_port = 80;
  elsewhere.reply.source = *IpAddress::parse("10.1.0.3");
  other_vrf.vrf_out = 7;
  EXPECT_THAT(look(watch, {unanswered, web, elsewhere, other_vrf}), IsEmpty());
}

TEST(SshWatch, FindsTheUserOfASocket) {
  const char* table =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1\n"
      "   1: 0100010A:C350 0200010A:0016 01 00000000:00000000 00:00000000 00000000  4001        0 2 1\n";
  const Endpoint own = *parse_endpoint("10.1.0.1:50000"), box = *parse_endpoint("10.1.0.2:22");
  EXPECT_EQ(owner_of_socket(socket_rows(table), own, box), 4001u);
  EXPECT_EQ(owner_of_socket(socket_rows(table), own, own), std::nullopt);
  const Endpoint closed = *parse_endpoint("10.1.0.1:50001");
  EXPECT_EQ(
      owner_of_socket(socket_rows("2: 0100010A:C351 0200010A:0016 06 0:0 0:0 0 0 0 0 1\n"), closed, box),
      std::nullopt);
  EXPECT_EQ(owner_of_socket(socket_rows("1: 0100010A:C350 0200010A:0016 01 00"), own, box), std::nullopt);
  const Endpoint six = *parse_endpoint("[fd00::1]:50000"), box6 = *parse_endpoint("[fd00::2]:22");
  const char* table6 =
      "1: 000000FD000000000000000001000000:C350 000000FD000000000000000002000000:0016 01 00000000:00000000 "
      "00:00000000 00000000 4002 0 2 1\n";
  EXPECT_EQ(owner_of_socket(socket_rows(table6), six, box6), 4002u);
}

TEST(SshEvents, SayWhoAndWhere) {
  SshConnection one{.way = Way::kInside,
                    .user = "alice",
                    .source = *IpAddress::parse("10.1.0.9"),
                    .box = *IpAddress::parse("10.1.0.2"),
                    .source_port = 4000};
  one.endpoint = "home/phone";
  const EventEntry entry = entry_of(one, {});
  EXPECT_EQ(entry.message,
            "user \"alice\": endpoint home/phone (10.1.0.9:4000) is connected to box 10.1.0.2");
  EXPECT_EQ(entry.fields["network"], "home");
  EXPECT_EQ(entry.fields["endpoint"], "phone");
  EXPECT_EQ(entry.fields["event"], "ssh-connected");
  EXPECT_THAT(journal_fields(entry),
              IsSupersetOf({"SLUICE_USER=alice", "SLUICE_WAY=inside", "SLUICE_BOX=10.1.0.2",
                            "SLUICE_SOURCE_PORT=4000", "SLUICE_ENDPOINT=phone"}));
  EXPECT_THAT(subject_fields(entry.message), Contains("SLUICE_OBJECT=user/alice"));
  one.way = Way::kJump;
  one.login = "bob";
  EXPECT_THAT(entry_of(one, {}).message, HasSubstr("login bob of the gateway (10.1.0.9:4000)"));
}

}   // namespace
}   // namespace sluice
