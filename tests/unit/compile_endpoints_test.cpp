// SPDX-License-Identifier: GPL-2.0-or-later
// Endpoints of networks as both packet paths know them: for counters, and for limits of each.
#include "compile/common/rows.hpp"
#include "compile_nft_fixture.hpp"
#include "network/expand.hpp"
#include "network_fixture.hpp"
#include "plan/plan_links.hpp"

namespace sluice::test {
namespace {

constexpr uint32_t kTunnelIndex = 77;
constexpr uint16_t kNetworkVrf = 20'000;

NetworkEndpoint site_of_network() {
  NetworkEndpoint endpoint;
  endpoint.name = "site";
  endpoint.address = ip("10.100.0.3");
  endpoint.routes = {net("10.2.0.0/16"), net("10.2.1.0/24")};
  return endpoint;
}

Document with_network(LimitKey::Kind key = LimitKey::kRule) {
  Document document = parsed(house(""));
  Network network = home();
  network.zone = network.vrf = network.name;
  network.device = "wg-home";
  network.table = kNetworkVrf;
  network.endpoints = {phone(), site_of_network()};
  document.networks = {network};
  if (key != LimitKey::kRule) {
    Limit limit;
    limit.name = "each";
    limit.from = {"home"};
    limit.key.kind = key;
    limit.rate = {100, true};
    document.limits = {limit};
  }
  expand(document, {}, {.zone = "internet"}, std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000)));
  document.interfaces.back().made = Interface{}.made;   // as if it were there already
  return document;
}

Observed machine_with_tunnel() {
  Observed seen = fresh_machine();
  ObservedLink& link = seen.links["wg-home"];
  link.index = kTunnelIndex;
  link.mtu = 1420;
  link.up = true;
  return seen;
}

NumberedRules rows_of_network(const Document& document) {
  const Observed seen = machine_with_tunnel();
  Plan plan;
  return compile_rules(document, seen, plan_links(document, seen, EngineKind::kEbpf, plan));
}

uint32_t number_of_endpoint(const NumberedRules& rules, std::string_view name) {
  for (const ObjectRow& row : rules.objects)
    if (row.kind == SL_OBJECT_ENDPOINT && row.name == name) return row.number;
  return 0;
}

uint32_t endpoint_in_rows(const NumberedRules& rules, const Prefix& prefix) {
  const uint32_t tag = SL_PREFIX_TAG(SL_PREFIX_ENDPOINT, kNetworkVrf, prefix.address.is_ipv4() ? 4 : 6);
  const sl_prefix_key wanted = row_prefix(tag, prefix);
  for (const auto& [key, number] : rules.prefixes)
    if (std::memcmp(&key, &wanted, sizeof(key)) == 0) return number;
  return 0;
}

TEST(EndpointRows, EachPrefixLeadsToItsEndpoint) {
  const NumberedRules rules = rows_of_network(with_network());
  const uint32_t phone = number_of_endpoint(rules, "home/phone"),
                 site = number_of_endpoint(rules, "home/site");
  ASSERT_TRUE(phone && site && phone != site);
  EXPECT_EQ(endpoint_in_rows(rules, net("10.100.0.2/32")), phone);
  EXPECT_EQ(endpoint_in_rows(rules, net("2001:db8:100::2/128")), phone);
  EXPECT_EQ(endpoint_in_rows(rules, net("10.100.0.3/32")), site);
  EXPECT_EQ(endpoint_in_rows(rules, net("10.2.0.0/16")), site);
}

TEST(EndpointRows, TheTunnelAloneHasTheFlag) {
  for (const auto& [index, row] : rows_of_network(with_network()).interfaces)
    EXPECT_EQ((row.flags & SL_IF_NETWORK) != 0, index == kTunnelIndex);
}

TEST(EndpointRows, KindsOfPrefixesStayApart) {
  EXPECT_NE(SL_PREFIX_TAG(SL_PREFIX_ENDPOINT, 0, 4), SL_PREFIX_TAG(SL_PREFIX_SET, 0, 4));
  EXPECT_NE(SL_PREFIX_TAG(SL_PREFIX_ENDPOINT, 0xffff, 6), SL_PREFIX_TAG(SL_PREFIX_LIMIT_SOURCE, 0xffff, 6));
}

TEST(EndpointRows, ALimitForEachSaysWhichSide) {
  Document document = with_network(LimitKey::kEndpoint);
  EXPECT_EQ(rows_of_network(document).limits[0].key, SL_KEY_ENDPOINT);
  EXPECT_FALSE(rows_of_network(document).limits[0].flags & SL_LIMIT_THERE);
  std::swap(document.limits[0].from, document.limits[0].to);
  EXPECT_TRUE(rows_of_network(document).limits[0].flags & SL_LIMIT_THERE);
}

Table table_of_network(const Document& of) {
  Document document = of;
  document.engine = EngineChoice::kNftables;
  const auto plan = make_plan(document, machine_with_tunnel());
  EXPECT_TRUE(plan) << (plan ? "" : plan.error().message);
  return Table(plan && plan->table ? plan->table : std::make_shared<RulesNft>());
}

bool has_object(const Table& table, std::string_view kind, std::string_view name) {
  return std::ranges::any_of(table->objects,
                             [&](const NftObject& o) { return o.kind == kind && o.name == name; });
}

TEST(EndpointTable, PrefixesLeadToNamedCounters) {
  const Table table = table_of_network(with_network());
  EXPECT_EQ(table.row("endpoints_from4", "77 . 10.100.0.2 : "), "endpoint/home/phone/from");
  EXPECT_EQ(table.row("endpoints_to6", "77 . 2001:db8:100::2 : "), "endpoint/home/phone/to");
  EXPECT_EQ(table.row("endpoints_from4", "77 . 10.2.0.0/16 : "), "endpoint/home/site/from");
  EXPECT_EQ(table.row("endpoints_from4", "77 . 10.2.1.0/24 : "), "") << "intervals must not overlap";
  EXPECT_TRUE(has_object(table, "counter", "endpoint/home/site/to"));
  EXPECT_TRUE(table.set("endpoints_dropped_policy4") && table.set("endpoints_dropped_over_limit6"));
}

TEST(EndpointTable, WithoutNetworksNothingIsAsked) {
  const Table table = table_of(house(""));
  EXPECT_TRUE(table->objects.empty());
  EXPECT_EQ(table.set("endpoints_from4"), nullptr);
  EXPECT_FALSE(holds(table.chain("passed"), "counter"));
}

TEST(EndpointTable, ALimitForEachIsANamedLimitForEach) {
  const Table table = table_of_network(with_network(LimitKey::kEndpoint));
  const std::string name = "limit/each/home/phone/endpoint/100pps/10p";
  EXPECT_TRUE(has_object(table, "limit", name));
  EXPECT_EQ(table.row("limit/each/endpoints4", "77 . 10.100.0.2 : "), name);
  EXPECT_EQ(table.row("limit/each/endpoints6", "77 . 2001:db8:100::2 : "), name)
      << "both families have one rate";
  EXPECT_TRUE(has_object(table, "limit", "limit/each/home/site/endpoint/100pps/10p"));
}

TEST(EndpointTable, AChangeOfEndpointsKeepsTheOthersCounters) {
  Document fewer = with_network();
  fewer.networks[0].endpoints.pop_back();
  const Table before = table_of_network(with_network()), after = table_of_network(fewer);
  const std::string commands = transaction(&before.rules(), after.rules());
  EXPECT_NE(commands.find(R"("delete":{"counter":{"family":"inet","name":"endpoint/home/site/from")"),
            std::string::npos);
  EXPECT_EQ(commands.find(R"("name":"endpoint/home/phone/from")"), std::string::npos) << "it stays as it is";
}

}   // namespace
}   // namespace sluice::test
