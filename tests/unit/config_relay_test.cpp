// SPDX-License-Identifier: GPL-2.0-or-later
// Clients of a relay, as commands edit them.
#include <gmock/gmock.h>

#include "config/config.hpp"

namespace sluice {
namespace {

using testing::HasSubstr;

const RelayClientEdit kAlice{"alice", {{"public_key", R"("K")"}, {"to_port", "51821"}}};

// Whose complaints these are, by the ports of SSH and the port of the relay over TLS.
std::vector<std::string> complaints_of(const std::string& ports, int tcp) {
  const std::string text =
      R"({"version": 1, "interfaces": {"wan": {"zone": "internet"}}, "ssh": {"users": {}, "ports": ")" +
      ports + R"("}, "relay": {"tcp": )" + std::to_string(tcp) + "}}";
  std::vector<std::string> reasons;
  if (const auto checked = check_document(text, "x.json"); !checked)
    for (const Complaint& one : checked.error()) reasons.push_back(one.path + ": " + one.reason);
  return reasons;
}

TEST(RelayOverTls, HasNoPortThatLeadsToABoxOfSsh) {
  EXPECT_THAT(complaints_of("10001-10999", 10001),
              testing::ElementsAre("relay.tcp: port 10001 is that of boxes of ssh"));
  EXPECT_THAT(complaints_of("10001-10999", 10999), testing::SizeIs(1));
  EXPECT_THAT(complaints_of("10001-10999", 10000), testing::IsEmpty());
  EXPECT_THAT(complaints_of("10001-10999", 11000), testing::IsEmpty());
}

TEST(AddRelayClient, MakesWhatIsNotThereYet) {
  const std::string wanted = R"("clients": { "alice": { "public_key": "K", "to_port": 51821 } })";
  EXPECT_EQ(add_relay_client(R"({ "version": 1 })", "x.json", kAlice).value_or(""),
            R"({ "version": 1, "relay": { )" + wanted + " } }");
  EXPECT_EQ(add_relay_client(R"({ "relay": { "port": 7 } })", "x.json", kAlice).value_or(""),
            R"({ "relay": { "port": 7, )" + wanted + " } }");
}

TEST(AddRelayClient, OfTheSameContentChangesNothing) {
  const std::string text =
      R"({ "relay": { "clients": { "alice": { "to_port": 51821, "public_key": "K" /* May */ } } } })";
  EXPECT_EQ(add_relay_client(text, "x.json", kAlice).value_or(""), text);
  const auto other = add_relay_client(text, "x.json", {"alice", {}});
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("already on line 1 of x.json with other content"));
}

TEST(RemoveRelayClient, NamesWhatIsThere) {
  const std::string text = R"({ "relay": { "clients": { "alice": {}, "bob": {} } } })";
  EXPECT_EQ(remove_relay_client(text, "x.json", "alice").value_or(""),
            R"({ "relay": { "clients": { "bob": {} } } })");
  const auto unknown = remove_relay_client(text, "x.json", "bbo");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message,
              HasSubstr("no relay client \"bbo\" in x.json (did you mean \"bob\"?)"));
  EXPECT_EQ(unknown.error().kind, ErrorKind::kUsage);
}

TEST(RemoveRelayClient, ToleratesNoOtherForm) {
  EXPECT_FALSE(remove_relay_client(R"({ "relay": [] })", "x.json", "alice"));
  EXPECT_FALSE(remove_relay_client(R"({ "relay": { "clients": 3 } })", "x.json", "alice"));
  EXPECT_FALSE(remove_relay_client("[]", "x.json", "alice"));
}

}   // namespace
}   // namespace sluice
