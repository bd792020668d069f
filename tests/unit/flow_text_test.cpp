// SPDX-License-Identifier: GPL-2.0-or-later
// Flows as texts between gateways, each of which numbers what a document names by itself.
#include "gateway/flow_text.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <limits>

#include "../support/parsed.hpp"
#include "base/text.hpp"
#include "plan/plan_links.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

constexpr std::string_view kNamedHere = R"({"version": 1,
  "interfaces": {
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24", "2001:db8:f::1/64"]},
    "lan": {"zone": "lan", "addresses": ["192.168.10.1/24", "2001:db8:10::1/64"]},
    "red": {"zone": "tenants", "vrf": "red-net", "addresses": ["10.0.0.1/24"]}},
  "vrfs": {"red-net": {"table": 7, "routes": [{"to": "0.0.0.0/0", "through": "main"}]}},
  "policies": [{"name": "out", "from": "lan", "to": "internet", "action": "accept"},
               {"name": "sync", "from": "tenants", "to": "internet", "action": "accept"}],
  "nat": {"masquerade": [{"name": "hide", "from": ["lan", "tenants"], "to": "internet"}]}})";

// The same names, each with another number.
constexpr std::string_view kNamedThere = R"({"version": 1,
  "interfaces": {
    "red": {"zone": "tenants", "vrf": "red-net", "addresses": ["10.0.0.1/24"]},
    "dmz": {"zone": "dmz", "addresses": ["192.168.20.1/24"]},
    "lan": {"zone": "lan", "addresses": ["192.168.10.1/24", "2001:db8:10::1/64"]},
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24", "2001:db8:f::1/64"]}},
  "vrfs": {"blue-net": {"table": 7},
           "red-net": {"table": 9, "routes": [{"to": "0.0.0.0/0", "through": "main"}]}},
  "policies": [{"name": "more", "from": "dmz", "to": "internet", "action": "accept"},
               {"name": "out", "from": "lan", "to": "internet", "action": "accept"},
               {"name": "sync", "from": "tenants", "to": "internet", "action": "accept"}],
  "nat": {"masquerade": [{"name": "dmz", "from": "dmz", "to": "internet"},
                         {"name": "hide", "from": ["lan", "tenants"], "to": "internet"}]}})";

// What gw2 calls ens3 is wan for all of them.
constexpr std::string_view kNamedByNodes = R"({"version": 1,
  "interfaces": {"wan": {"zone": "internet", "addresses": ["203.0.113.1/24"]}, "lan": {"zone": "lan"}},
  "cluster": {"name": "edge", "node": "gw1", "store": {"etcd": ["https://etcd1.example.org:2379"]},
    "addresses": {"by": "vrrp", "interface": "wan", "id": 51},
    "nodes": {"gw1": {"interfaces": {"wan": {"addresses": ["203.0.113.2/24"]}}},
              "gw2": {"interfaces": {"wan": {"device": "ens3", "addresses": ["203.0.113.3/24"]},
                                     "lan": {"device": "wan"}}}}}})";

// One policy is called as only those are that the gateway has by itself.
Document with_blank_name(std::string_view text) {
  Document document = parsed(text);
  for (Policy& policy : document.policies)
    if (policy.name == "sync") policy.name = "cluster sync";
  return document;
}

struct NamingNode {
  Document document;
  Observed seen;
  NumberedRules rules;
  FlowNames names;

  explicit NamingNode(std::string_view text, uint32_t shift = 0)
      : document(with_blank_name(text)), seen(machine_for(document)) {
    for (auto& [name, link] : seen.links) link.index += shift;
    Plan plan;
    rules = compile_rules(document, seen, plan_links(document, seen, EngineKind::kEbpf, plan));
    names = FlowNames(document, rules, seen);
  }
  uint16_t zone(std::string_view name) const { return names.zone_number(name).value(); }
  uint32_t link(const std::string& name) const { return seen.links.at(name).index; }
  uint32_t object(std::string_view name) const {
    for (const ObjectRow& row : rules.objects)
      if (row.name == name) return row.number;
    ADD_FAILURE() << "no object is called " << name;
    return 0;
  }
  FlowState flow(const std::string& lan = "lan", const std::string& wan = "wan") const {
    FlowState flow;
    flow.protocol = IPPROTO_TCP;
    flow.phase = FlowPhase::kEstablished;
    flow.original = {ip("192.168.10.2"), ip("198.51.100.7"), 40000, 443, 5, 600};
    flow.reply = {ip("198.51.100.7"), ip("203.0.113.1"), 443, 50000, 4, 5000};
    flow.zone_in = zone("lan");
    flow.zone_out = zone("internet");
    flow.ifindex_in = link(lan);
    flow.ifindex_out = link(wan);
    flow.idle_seconds = 3;
    flow.timeout_seconds = 7440;
    return flow;
  }
  FlowState named_flow() const {
    FlowState named = flow();
    named.policy = object("out");
    named.nat = object("hide");
    return named;
  }
};

const NamingNode& naming_node() {
  static const NamingNode kNode(kNamedHere);
  return kNode;
}

std::string all_of(const FlowDirection& way) {
  return fmt::format("{} {} > {} {}, {} of {}", way.source.to_string(), way.source_port,
                     way.destination.to_string(), way.destination_port, way.packets, way.bytes);
}
std::string all_of(const FlowState& flow) {
  return fmt::format("{} {} {} | {} | zones {} {} vrfs {} {} objects {} {} devices {} {} | {} of {}{}",
                     flow.protocol, static_cast<int>(flow.phase), all_of(flow.original), all_of(flow.reply),
                     flow.zone_in, flow.zone_out, flow.vrf_in, flow.vrf_out, flow.policy, flow.nat,
                     flow.ifindex_in, flow.ifindex_out, flow.idle_seconds, flow.timeout_seconds,
                     flow.proxied ? fmt::format(" shift {}", flow.shift) : "");
}
std::string all_of(const Result<FlowState>& read) { return read ? all_of(*read) : read.error().message; }

std::string said_and_heard(const FlowState& flow) {
  return all_of(parse_flow(flow_text(flow, naming_node().names), naming_node().names));
}

// Places of words.
constexpr size_t kProtocolWord = 0, kPhaseWord = 1, kSourceWord = 2, kSourcePortWord = 3, kPacketsWord = 6,
                 kReplySourceWord = 8, kZoneInWord = 14, kZoneOutWord = 15, kVrfInWord = 16, kVrfOutWord = 17,
                 kPolicyWord = 18, kNatWord = 19, kDeviceInWord = 20, kDeviceOutWord = 21, kIdleWord = 22,
                 kTimeoutWord = 23, kShiftWord = 24;

std::string with_word(std::string_view text, size_t at, std::string_view word) {
  std::vector<std::string> words;
  for (const std::string_view one : split(text, '\x1f')) words.emplace_back(one);
  words.at(at) = word;
  return join(words, "\x1f");
}

std::string good_flow_text() { return flow_text(naming_node().named_flow(), naming_node().names); }
Result<FlowState> parsed_with(size_t at, std::string_view word, const std::string& text = good_flow_text()) {
  return parse_flow(with_word(text, at, word), naming_node().names);
}

TEST(FlowText, IsReadAsItWasSaid) {
  FlowState flow = naming_node().named_flow();
  EXPECT_EQ(said_and_heard(flow), all_of(flow));
  EXPECT_EQ(good_flow_text().find_first_of("\t\n"), std::string::npos);
  flow.phase = FlowPhase::kClosing;
  flow.original.bytes = flow.reply.packets = std::numeric_limits<uint64_t>::max();
  flow.original.source_port = 65535;
  flow.original.destination_port = 0;
  flow.idle_seconds = flow.timeout_seconds = 10'000'000;
  flow.protocol = 255;
  EXPECT_EQ(said_and_heard(flow), all_of(flow));
}

TEST(FlowText, IsReadAsItWasSaidOfIpv6) {
  FlowState flow = naming_node().flow();
  flow.original = {ip("2001:db8:10::2"), ip("2001:db8:77::7"), 40000, 53, 1, 80};
  flow.reply = {ip("2001:db8:77::7"), ip("2001:db8:10::2"), 53, 40000, 1, 200};
  EXPECT_EQ(said_and_heard(flow), all_of(flow));
}

TEST(FlowText, IsReadAsItWasSaidWhereAnswersAreOfTheOtherFamily) {
  FlowState flow = naming_node().flow();
  flow.original.source = ip("2001:db8:10::2");
  flow.original.destination = ip("64:ff9b::c633:6407");
  EXPECT_EQ(said_and_heard(flow), all_of(flow));
  std::swap(flow.original, flow.reply);
  EXPECT_EQ(said_and_heard(flow), all_of(flow));
}

TEST(FlowText, IsReadAsItWasSaidAfterASynCookie) {
  FlowState flow = naming_node().named_flow();
  flow.proxied = true;
  flow.shift = 0xffffffff;
  EXPECT_EQ(said_and_heard(flow), all_of(flow));
  const std::string text = flow_text(flow, naming_node().names);
  for (const char* word : {"", "4294967296"}) EXPECT_FALSE(parsed_with(kShiftWord, word, text)) << word;
}

TEST(FlowText, NamesMayHaveBlanks) {
  const NamingNode& node = naming_node();
  FlowState flow = node.flow();
  flow.zone_in = node.zone("tenants");
  flow.vrf_in = 7;
  flow.ifindex_in = node.link("red");
  flow.policy = node.object("cluster sync");
  flow.nat = node.object("hide");
  EXPECT_EQ(said_and_heard(flow), all_of(flow));
}

TEST(FlowText, SaysTheSameAtANodeThatNumbersOtherwise) {
  const NamingNode &here = naming_node(), there(kNamedThere, 30);
  FlowState flow = here.named_flow(), expected = there.named_flow();
  flow.zone_in = here.zone("tenants");
  expected.zone_in = there.zone("tenants");
  flow.vrf_in = 7;
  expected.vrf_in = 9;
  flow.policy = here.object("cluster sync");
  expected.policy = there.object("cluster sync");
  ASSERT_NE(flow.zone_in, expected.zone_in);
  ASSERT_NE(flow.policy, expected.policy);
  ASSERT_NE(flow.nat, expected.nat);
  ASSERT_NE(flow.ifindex_in, expected.ifindex_in);
  const std::string text = flow_text(flow, here.names);
  EXPECT_EQ(all_of(parse_flow(text, there.names)), all_of(expected));
  EXPECT_EQ(flow_text(expected, there.names), text);
}

TEST(FlowText, SaysTheSameAtANodeWhoseDevicesAreCalledOtherwise) {
  const NamingNode first(kNamedByNodes), second(as_node(kNamedByNodes, "test.json", "gw2").value(), 30);
  const FlowState expected = second.flow("wan", "ens3");
  EXPECT_EQ(all_of(parse_flow(flow_text(first.flow(), first.names), second.names)), all_of(expected));
  EXPECT_EQ(all_of(parse_flow(flow_text(expected, second.names), first.names)), all_of(first.flow()));
}

TEST(FlowText, OfWhatIsNotHereIsRefused) {
  for (const size_t at : {kZoneInWord, kZoneOutWord, kVrfInWord, kVrfOutWord})
    for (const char* name : {"elsewhere", "", "-", "lan ", "0"})
      EXPECT_FALSE(parsed_with(at, name)) << at << " '" << name << "'";
  EXPECT_FALSE(parse_flow(good_flow_text(), FlowNames())) << "no document is in force";
}

TEST(FlowText, GoesOnWithoutRulesAndDevicesThatAreNotHere) {
  FlowState expected = naming_node().named_flow();
  std::string text = good_flow_text();
  for (const size_t at : {kPolicyWord, kNatWord, kDeviceInWord, kDeviceOutWord})
    text = with_word(text, at, at == kPolicyWord ? "2/out" : "elsewhere");   // a masquerade's, by its kind
  expected.policy = expected.nat = expected.ifindex_in = expected.ifindex_out = 0;
  EXPECT_EQ(all_of(parse_flow(text, naming_node().names)), all_of(expected));
  EXPECT_EQ(said_and_heard(expected), all_of(expected)) << "none is told as none";
}

TEST(FlowText, OfNoSenseIsRefused) {
  const std::pair<size_t, Texts> bad[] = {
      {kProtocolWord, {"tcp", "256", ""}},
      {kPhaseWord, {"0", "3", "255", "257", "established"}},
      {kSourceWord, {"192.168.10", "192.168.10.2/32", "any", "2001:db8::2", ""}},
      {kReplySourceWord, {"2001:db8::2", "1.2.3.4 "}},
      {kSourcePortWord, {"65536", "-1", "+1", " 1", "0x50", "80 "}},
      {kPacketsWord, {"18446744073709551616", "1.5"}},
      {kZoneInWord, {"host"}},
      {kZoneOutWord, {"host"}},
      {kIdleWord, {"-3", "4294967296"}},
      {kTimeoutWord, {"0", "10000001", "4294967297", "1h", ""}}};
  for (const auto& [at, words] : bad)
    for (const std::string& word : words) EXPECT_FALSE(parsed_with(at, word)) << at << " '" << word << "'";
  for (const char* most : {"1", "10000000"}) EXPECT_TRUE(parsed_with(kTimeoutWord, most)) << most;
}

TEST(FlowText, OfMoreOrFewerWordsIsRefused) {
  const std::string good = good_flow_text();
  for (const std::string& text : {std::string(), good + "\x1f", good + "\x1f" + "1\x1f" + "1", "\x1f" + good,
                                  good + "\x1f" + good, std::string(24, '\x1f')})
    EXPECT_FALSE(parse_flow(text, naming_node().names)) << text;
}

// Numbers at its end make sense without their last digits; nothing else does.
TEST(FlowText, ThatWasCutOffIsRefused) {
  const std::string good = good_flow_text();
  const size_t last_word = good.rfind('\x1f') + 1;
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(parse_flow(good.substr(0, size), naming_node().names).has_value(), size > last_word) << size;
}

TEST(FlowText, OfAKeyIsReadAsItWasSaid) {
  const NamingNode &here = naming_node(), there(kNamedThere);
  FlowKey key{IPPROTO_UDP, 7, 40000, 53, ip("10.0.0.2"), ip("198.51.100.7")};
  const std::string text = key_text(key, here.names);
  EXPECT_EQ(parse_key(text, here.names).value(), key);
  key.vrf = 9;
  EXPECT_EQ(parse_key(text, there.names).value(), key);
  const FlowKey other{IPPROTO_TCP, 0, 1, 65535, ip("2001:db8:10::2"), ip("64:ff9b::c633:6407")};
  EXPECT_EQ(parse_key(key_text(other, here.names), here.names).value(), other);
}

TEST(FlowText, OfAKeyThatIsNoneIsRefused) {
  const FlowNames& names = naming_node().names;
  const std::string good = key_text(key_of(naming_node().flow()), names);
  const Texts bad[] = {{"tcp", "256"},  {"elsewhere", "-"}, {"x", ""},
                       {"65536", "-1"}, {"1.2", "lan"},     {"http", ""}};
  for (size_t at = 0; at < std::size(bad); ++at)
    for (const std::string& word : bad[at])
      EXPECT_FALSE(parse_key(with_word(good, at, word), names)) << at << " '" << word << "'";
  for (const std::string& text : {std::string(), good + "\x1f", "\x1f" + good, good_flow_text()})
    EXPECT_FALSE(parse_key(text, names)) << text;
  EXPECT_FALSE(parse_key(good.substr(0, good.rfind('\x1f') + 1), names));
}

TEST(FlowText, AnotherDeviceOfTheSharedNameIsNotMeant) {
  const NamingNode first(kNamedByNodes);
  NamingNode second(as_node(kNamedByNodes, "test.json", "gw2").value());
  add_link(second.seen, "lan", 77);   // not of the document
  const FlowNames names(second.document, second.rules, second.seen);
  EXPECT_EQ(parse_flow(flow_text(first.flow(), first.names), names)->ifindex_in, second.link("wan"));
}

}   // namespace
}   // namespace sluice::test
