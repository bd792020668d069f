// SPDX-License-Identifier: GPL-2.0-or-later
// Buckets of limits as texts between gateways, each of which has numbers and a clock of its own.
#include "gateway/debt_text.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "../support/parsed.hpp"
#include "plan/plan_links.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kLimitedHere = R"({"version": 1,
  "interfaces": {
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24"]},
    "red": {"zone": "tenants", "vrf": "red-net", "addresses": ["10.0.0.1/24"]}},
  "vrfs": {"red-net": {"table": 7, "routes": [{"to": "0.0.0.0/0", "through": "main"}]}},
  "limits": [{"name": "up", "from": "tenants", "key": "source", "rate": "10pps"}]})";

// The same names, each with another number.
constexpr std::string_view kLimitedThere = R"({"version": 1,
  "interfaces": {
    "red": {"zone": "tenants", "vrf": "red-net", "addresses": ["10.0.0.1/24"]},
    "wan": {"zone": "internet", "addresses": ["203.0.113.1/24"]}},
  "vrfs": {"blue-net": {"table": 7},
           "red-net": {"table": 9, "routes": [{"to": "0.0.0.0/0", "through": "main"}]}},
  "limits": [{"name": "more", "from": "internet", "key": "source", "rate": "10pps"},
             {"name": "up", "from": "tenants", "key": "source", "rate": "10pps"}]})";

struct LimitedNode {
  Document document;
  Observed seen;
  NumberedRules rules;
  FlowNames names;

  explicit LimitedNode(std::string_view text) : document(parsed(text)), seen(machine_for(document)) {
    Plan plan;
    rules = compile_rules(document, seen, plan_links(document, seen, EngineKind::kEbpf, plan));
    names = FlowNames(document, rules, seen);
  }
  uint32_t limit(std::string_view name) const {
    for (const ObjectRow& row : rules.objects)
      if (row.kind == SL_OBJECT_LIMIT && row.name == name) return row.number;
    ADD_FAILURE() << "no limit is called " << name;
    return 0;
  }
};

const LimitedNode& limited_node() {
  static const LimitedNode kNode(kLimitedHere);
  return kNode;
}

const Clock::time_point kHere{1000s}, kThere{7s};

std::string good_debt() {
  return debt_text({limited_node().limit("up"), ip("10.0.0.2"), kHere + 1500ms}, limited_node().names, kHere);
}

TEST(DebtText, SaysTheSameWhereNumbersAndTheClockAreOthers) {
  const LimitedNode &here = limited_node(), there(kLimitedThere);
  ASSERT_NE(here.limit("up"), there.limit("up"));
  const FlowKey flow{IPPROTO_UDP, 7, 40000, 53, ip("10.0.0.2"), ip("198.51.100.7")};
  FlowKey flow_there = flow;
  flow_there.vrf = 9;
  const std::pair<LimitDebt::Whose, LimitDebt::Whose> both[] = {
      {std::monostate{}, std::monostate{}},
      {ip("10.0.0.2"), ip("10.0.0.2")},
      {ip("2001:db8:10::"), ip("2001:db8:10::")},
      {OfVrf{0}, OfVrf{0}},
      {OfVrf{7}, OfVrf{9}},
      {OfEndpoint{0}, OfEndpoint{0}},
      {OfEndpoint{here.limit("up")}, OfEndpoint{there.limit("up")}},   // any object that has a name
      {flow, flow_there}};
  for (const auto& [whose, whose_there] : both) {
    const std::string text = debt_text({here.limit("up"), whose, kHere + 1500ms}, here.names, kHere);
    EXPECT_EQ(text.find_first_of("\t\n"), std::string::npos);
    const auto read = parse_debt(text, there.names, kThere);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->limit, there.limit("up"));
    EXPECT_EQ(read->whose, whose_there) << text;
    EXPECT_EQ(read->full, kThere + 1500ms);
  }
}

TEST(DebtText, OfABucketThatIsFullIsNoDebt) {
  const std::string text =
      debt_text({limited_node().limit("up"), std::monostate{}, kHere - 1s}, limited_node().names, kHere);
  EXPECT_EQ(parse_debt(text, limited_node().names, kThere)->full, kThere);
}

TEST(DebtText, OfWhatIsNotHereIsLeftOut) {
  const std::string good = good_debt();
  ASSERT_TRUE(parse_debt(good, limited_node().names, kThere));
  EXPECT_FALSE(parse_debt(good, FlowNames(), kThere));
  const std::string behind = good.substr(good.find('\x1f'));
  for (const char* name : {"", "-", "up", "1/elsewhere"})
    EXPECT_FALSE(parse_debt(name + behind, limited_node().names, kThere)) << name;
  const std::string before = good.substr(0, good.find('\x1f')) + "\x1f" + "1000\x1f";
  for (const char* whose : {"vrf\x1f"
                            "blue-net",
                            "vrf\x1f-",
                            "endpoint\x1f"
                            "7/home",
                            "flow\x1f"
                            "17"})
    EXPECT_FALSE(parse_debt(before + whose, limited_node().names, kThere)) << whose;
}

TEST(DebtText, OfNoSenseIsLeftOut) {
  const std::string good = good_debt(), limit = good.substr(0, good.find('\x1f')) + "\x1f";
  for (const char* time : {"", "-1", "+1", "1.5", "0x10", "9223372036854775808", "31622400000000001"})
    EXPECT_FALSE(parse_debt(limit + time + "\x1f" + "all", limited_node().names, kThere)) << time;
  for (const char* whose : {"", "nobody", "all\x1fx", "address",
                            "address\x1f"
                            "10.0.0",
                            "address\x1f"
                            "10.0.0.2/32"})
    EXPECT_FALSE(parse_debt(limit + "1000\x1f" + whose, limited_node().names, kThere)) << whose;
  for (size_t size = 0; size < good.rfind('\x1f'); ++size)
    EXPECT_FALSE(parse_debt(good.substr(0, size), limited_node().names, kThere)) << size;
}

}   // namespace
}   // namespace sluice::test
