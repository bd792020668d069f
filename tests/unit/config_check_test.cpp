// SPDX-License-Identifier: GPL-2.0-or-later
// What an accepted document becomes, and the bounds of what is read at all.
#include <fmt/format.h>

#include <chrono>
#include <ctime>

#include "config/config.hpp"
#include "config_corpus.hpp"

namespace sluice {
namespace {

using std::chrono::seconds;

const Checked& home() {
  static const auto result = check_document(test::text_of(test::kExamples / "home.json"), "home.json");
  return result.value();
}

Document document_of(const std::string& text) { return check_document(text, "test.json").value().document; }

TEST(Home, HasNoWarnings) { EXPECT_TRUE(home().warnings.empty()); }

TEST(Home, InterfacesZonesAndSetsAreThere) {
  const Document& document = home().document;
  ASSERT_EQ(document.interfaces.size(), 2u);
  EXPECT_EQ(document.interfaces[0].name, "wan");
  EXPECT_EQ(document.interfaces[0].zone, "internet");
  EXPECT_EQ(document.interfaces[0].addresses[1].to_string(), "2001:db8:f::1/64");
  EXPECT_EQ(document.interfaces[0].hook, HookChoice::kAuto);
  ASSERT_EQ(document.zones.size(), 2u);
  EXPECT_EQ(document.zones[0].name, "internet");
  EXPECT_EQ(document.sets.at("admins").size(), 2u);
}

TEST(Home, PoliciesAreThereInOrder) {
  const auto& policies = home().document.policies;
  EXPECT_EQ(policies.front().name, "lan-out");
  EXPECT_EQ(policies.front().action, Action::kAccept);
  const auto ssh =
      std::find_if(policies.begin(), policies.end(), [](auto& p) { return p.name == "admin-ssh"; });
  ASSERT_NE(ssh, policies.end());
  EXPECT_EQ(ssh->source.sets, std::vector<std::string>{"admins"});
  EXPECT_EQ(ssh->protocols, std::vector<uint8_t>{6});
  EXPECT_EQ(ssh->ports, (std::vector<PortRange>{{22, 22}}));
  EXPECT_GT(ssh->line, policies.front().line);
}

TEST(Home, TranslationsAreThere) {
  const Document& document = home().document;
  EXPECT_TRUE(document.masquerades[0].ipv4);
  EXPECT_FALSE(document.masquerades[0].ipv6);
  EXPECT_EQ(document.masquerades[0].ports, (PortRange{1024, 65535}));
  EXPECT_EQ(document.static_mappings[0].outside.to_string(), "203.0.113.5/32");
  const auto& [web, game, nas] = std::tie(document.forwards[0], document.forwards[1], document.forwards[2]);
  EXPECT_EQ(std::get<IpAddress>(web.listen).to_string(), "203.0.113.1");
  EXPECT_EQ(web.to_port, 8080);
  EXPECT_EQ(game.protocols, (std::vector<uint8_t>{6, 17}));
  EXPECT_EQ(game.to_port, std::nullopt) << "unchanged";
  EXPECT_EQ(std::get<std::string>(nas.listen), "wan");
}

TEST(Home, ItsTimeoutsAreTheDefaults) {
  const Timeouts &written = home().document.timeouts, defaults;
  EXPECT_EQ(written.tcp_established, defaults.tcp_established);
  EXPECT_EQ(written.tcp_transitory, defaults.tcp_transitory);
  EXPECT_EQ(written.udp, defaults.udp);
  EXPECT_EQ(written.udp_one_way, defaults.udp_one_way);
  EXPECT_EQ(written.icmp, defaults.icmp);
  EXPECT_EQ(written.other, defaults.other);
}

TEST(Check, DefaultsAreWhatTheModelSays) {
  const Document document = document_of(R"({ "version": 1 })");
  EXPECT_EQ(document.engine, EngineChoice::kAuto);
  EXPECT_EQ(document.timeouts.tcp_established, seconds(7440));
  EXPECT_TRUE(document.zones.empty());
}

TEST(Check, ZonesStandInTheOrderOfFirstMention) {
  const Document document = document_of(R"({ "version": 1, "zones": { "b": { "isolated": true }, "c": {} },
      "interfaces": { "x": { "zone": "a" }, "y": { "zone": "b" } } })");
  ASSERT_EQ(document.zones.size(), 3u);
  EXPECT_EQ(document.zones[0].name, "b");
  EXPECT_TRUE(document.zones[0].isolated);
  EXPECT_EQ(document.zones[1].name, "c");
  EXPECT_EQ(document.zones[2].name, "a");
}

TEST(Check, AnIsolatedZoneStaysSoWhenAnInterfaceNamesItFirst) {
  const Document document = document_of(
      R"({ "version": 1, "interfaces": { "x": { "zone": "a" } }, "zones": { "a": { "isolated": true } } })");
  ASSERT_EQ(document.zones.size(), 1u);
  EXPECT_TRUE(document.zones[0].isolated);
}

TEST(Check, AProtocolByNumberIsTheSameAsByName) {
  const Document document = document_of(R"({ "version": 1, "interfaces": { "x": { "zone": "a" } },
      "policies": [{ "name": "p", "from": "a", "to": "host", "protocol": [6, "tcp", 47], "action": "reject" }] })");
  EXPECT_EQ(document.policies[0].protocols, (std::vector<uint8_t>{6, 47}));
  EXPECT_EQ(document.policies[0].action, Action::kReject);
}

TEST(Check, ColumnsCountCharacters) {
  const auto result = check_document("{ \"version\": 1, /* äöü€𝄞 */ \"engine\": 1 }", "x.json");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error()[0].column, 39);
  EXPECT_EQ(result.error()[0].path, "engine");
}

TEST(Check, AnIpv6TargetThatSwallowsItsPortIsWarnedAbout) {
  const auto result = check_document(R"({ "version": 1, "nat": { "forwards": [
      { "name": "a", "listen": "2001:db8:f::1", "ports": 80, "to": "2001:db8::2:8080" },
      { "name": "b", "listen": "2001:db8:f::1", "ports": 81, "to": "2001:db8::8080" }] } })",
                                     "x.json");
  ASSERT_TRUE(result);
  ASSERT_EQ(result->warnings.size(), 1u);
  EXPECT_NE(result->warnings[0].find("write \"[2001:db8::2]:8080\""), std::string::npos)
      << result->warnings[0];
}

size_t warnings_with_prefix(std::string_view interfaces, std::string_view more = "") {
  const auto result = check_document(fmt::format(R"({{ "version": 1, "interfaces": {{
      "wan": {{ "zone": "internet", "addresses": ["2001:db8:f::1/64"] }}, {} }}, {}
      "nat": {{ "static": [{{ "name": "n", "outside": "2001:db8:1::/48", "inside": "fd01:203:405::/48" }}] }} }})",
                                                 interfaces, more),
                                     "x.json");
  EXPECT_TRUE(result) << (result ? "" : result.error()[0].text);
  return result ? result->warnings.size() : 0;
}

TEST(Check, APrefixThatIsOnNoNetworkIsWarnedAbout) {
  EXPECT_EQ(warnings_with_prefix(R"("lan": { "zone": "lan", "addresses": ["fd02::1/64"] })"), 1u);
  EXPECT_EQ(warnings_with_prefix(R"("lan": { "zone": "lan", "addresses": ["fd01:203:405:1::1/64"] })"), 0u);
  EXPECT_EQ(warnings_with_prefix(R"("lan": { "zone": "lan", "addresses": ["192.168.10.1/24"] })"), 0u)
      << "others may have given it some";
  EXPECT_EQ(warnings_with_prefix(R"("lan": { "zone": "lan", "addresses": ["fd02::1/64"] })",
                                 R"("networks": { "sites": { "type": "l3vpn", "endpoints": { "rome":
                                    { "type": "cpe", "routes": ["fd01:203:405:7::/64"] } } } },)"),
            0u)
      << "it is behind an endpoint";
}

TEST(Check, TellsAHundredComplaintsAndCountsTheRest) {
  std::string text = "{ \"version\": 1,\n";
  for (int i = 0; i < 250; ++i) text += fmt::format("\"k{}\": 1,\n", i);
  const auto result = check_document(text + "\"engine\": \"auto\" }", "x.json");
  ASSERT_FALSE(result);
  ASSERT_EQ(result.error().size(), 101u);
  EXPECT_EQ(result.error()[99].line, 101);
  EXPECT_EQ(result.error()[100].text, "x.json: and 150 more");
}

std::string only_reason(const std::string& text) {
  const auto result = check_document(text, "x.json");
  if (result || result.error().size() != 1) return "not one complaint";
  return result.error()[0].reason;
}

TEST(Bounds, AHugeTextIsRefusedAtOnce) {
  const std::string text(64u << 20, '[');
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(only_reason(text), "the document has 67108864 bytes");
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(1));
}

TEST(Bounds, DeepNestingIsRefusedAtOnce) {
  EXPECT_EQ(only_reason(std::string(30u << 20, '[')), "nested deeper than 32 levels");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(only_reason(objects), "nested deeper than 32 levels");
}

TEST(Bounds, ManyValuesAreRefused) {
  std::string text = "[0";
  for (int i = 0; i < 2'100'000; ++i) text += ",0";
  EXPECT_EQ(only_reason(text + "]"), "the document has more than 2000000 values");
}

std::string document_with_forwards(int count) {
  std::string text =
      R"({ "version": 1, "interfaces": { "wan": { "zone": "internet" } }, "nat": { "forwards": [)";
  for (int i = 0; i < count; ++i)
    text += fmt::format(
        "{}\n{{ \"name\": \"f{}\", \"listen\": \"203.0.{}.1\", \"ports\": {}, \"to\": \"10.0.{}.{}:80\" }}",
        i ? "," : "", i, i / 60000, i % 60000 + 1, i / 250 % 256, i % 250 + 1);
  return text + "] } }";
}

// Processor time, so that neighbours do not count.
double seconds_to_check(int count) {
  const auto text = document_with_forwards(count);
  const std::clock_t start = std::clock();
  const auto result = check_document(text, "x.json");
  const std::clock_t end = std::clock();
  EXPECT_TRUE(result && result->document.forwards.size() == size_t(count)) << count;
  return double(end - start) / CLOCKS_PER_SEC;
}

TEST(Bounds, TenTimesTheForwardsTakeNothingLikeAHundredTimesTheWork) {
  EXPECT_LT(seconds_to_check(20'000), 40 * seconds_to_check(2'000));
}

}   // namespace
}   // namespace sluice
