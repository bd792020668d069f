// SPDX-License-Identifier: GPL-2.0-or-later
// What a masquerade says of its mappings, as rows.
#include <algorithm>

#include "compile/common/rows.hpp"
#include "model/port_blocks.hpp"
#include "plan/plan_links.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

constexpr uint32_t kKinds = SL_MASQUERADE_PER_DESTINATION | SL_MASQUERADE_FILTER_NONE |
                            SL_MASQUERADE_FILTER_ADDRESS | SL_MASQUERADE_LOG | SL_MASQUERADE_ANY_PORTS;

struct House {
  Document document;
  NumberedRules rules;

  // `also`: addresses that its wan has meanwhile.
  explicit House(std::string_view more, const std::vector<const char*>& also = {})
      : document(parsed(text(more))) {
    Observed seen = fresh_machine();
    for (const char* address : also)
      seen.links["wan"].addresses.push_back({*InterfaceAddress::parse(address), false});
    Plan plan;
    rules = compile_rules(document, seen, plan_links(document, seen, EngineKind::kEbpf, plan));
  }
  static std::string text(std::string_view more) {
    return R"({"version": 1, "interfaces": {"wan": {"zone": "w"}, "lan": {"zone": "l"}},
      "sets": {"branches": ["10.1.0.0/16", "2001:db8:b::/48"]},
      "nat": {"masquerade": [{"name": "out", "from": "l", "to": "w")" +
           std::string(more) + "}]}}";
  }
  const sl_masquerade& row() const { return rules.masquerades.at(0); }
  uint32_t flags() const { return row().flags & kKinds; }
  size_t members(uint32_t set, uint32_t family) const {
    return static_cast<size_t>(std::count_if(
        rules.prefixes.begin(), rules.prefixes.end(),
        [&](const auto& member) { return member.first.tag == SL_PREFIX_TAG(SL_PREFIX_SET, set, family); }));
  }
};

TEST(MasqueradeRows, SayNothingSpecialOfAPlainOne) {
  const House house("");
  EXPECT_EQ(house.flags(), uint32_t{SL_MASQUERADE_ANY_PORTS});
  EXPECT_EQ(house.row().except_set, 0u);
  EXPECT_EQ(house.row().mappings_per_host, kMappingsPerHost);
  EXPECT_EQ(house.row().hosts, 0u);
}

TEST(MasqueradeRows, SayMappingFilteringAndLog) {
  EXPECT_EQ(House(R"(, "mapping": "per-destination", "ports": "2000-2999")").flags(),
            uint32_t{SL_MASQUERADE_PER_DESTINATION});
  EXPECT_EQ(House(R"(, "mapping": "endpoint-independent")").flags(), uint32_t{SL_MASQUERADE_ANY_PORTS});
  EXPECT_EQ(House(R"(, "filtering": "endpoint-independent", "ports": 80)").flags(),
            uint32_t{SL_MASQUERADE_FILTER_NONE});
  EXPECT_EQ(House(R"(, "filtering": "address-dependent", "log": true, "ports": 80)").flags(),
            uint32_t{SL_MASQUERADE_FILTER_ADDRESS | SL_MASQUERADE_LOG});
}

TEST(MasqueradeRows, ExceptIsASetOfBothFamilies) {
  const House house(R"(, "except": ["branches", "10.2.0.0/16"], "family": "both", "mappings_per_host": 7)");
  const uint32_t set = house.row().except_set;
  ASSERT_NE(set, 0u);
  EXPECT_EQ(house.rules.masquerades.at(1).except_set, set);
  EXPECT_EQ(house.members(set, 4), 2u);
  EXPECT_EQ(house.members(set, 6), 1u);
  EXPECT_EQ(house.row().mappings_per_host, 7u);
}

TEST(MasqueradeRows, TheQuotaIsHardWhereTheDocumentSaysSo) {
  EXPECT_EQ(House(R"(, "quota": "soft")").row().flags & SL_MASQUERADE_HARD_QUOTA, 0u);
  EXPECT_NE(House(R"(, "quota": "hard")").row().flags & SL_MASQUERADE_HARD_QUOTA, 0u);
}

// What is sent to anybody else than the gateway is asked for no mapping then.
TEST(MasqueradeRows, SayWhetherAllOutsideAddressesAreTheGateways) {
  const auto local = [](std::string_view more, const std::vector<const char*>& also = {}) {
    return (House(more, also).rules.header.dimensions & SL_OUTSIDE_IS_LOCAL) != 0;
  };
  EXPECT_TRUE(local(""));
  EXPECT_FALSE(local(R"(, "addresses": "203.0.113.8")")) << "the address is not there yet";
  EXPECT_TRUE(local(R"(, "addresses": "203.0.113.8")", {"203.0.113.8/32"}));
  EXPECT_TRUE(local(R"(, "addresses": ["203.0.113.8/31", "203.0.113.20"])",
                    {"203.0.113.8/32", "203.0.113.9/32", "203.0.113.20/32"}));
  EXPECT_FALSE(local(R"(, "addresses": ["203.0.113.8/31"])", {"203.0.113.8/32"}));
  EXPECT_FALSE(local(R"(, "addresses": "198.18.0.0/24")", {"203.0.113.8/32"})) << "routed to the gateway";
}

TEST(MasqueradeRows, DeterministicSharesThePoolOut) {
  const House house(R"(, "addresses": ["203.0.113.8/31", "203.0.113.12"],
                        "deterministic": {"inside": "192.168.12.0/22"})");
  EXPECT_EQ(house.row().hosts, 1024u);
  EXPECT_EQ(house.row().hosts_per_address, 342u) << "the last address has fewer";
  EXPECT_EQ(house.row().ports_per_host, 64512u / 342);
  EXPECT_EQ(address_of(house.row().inside).to_string(), "192.168.12.0");
  EXPECT_EQ(house.flags(), 0u) << "no port outside of the block";
}

TEST(MasqueradeRows, DeterministicBlockCanBeSmaller) {
  const House house(R"(, "addresses": "203.0.113.8", "ports": "20000-29999",
                        "deterministic": {"inside": "192.168.10.0/28", "ports_per_host": 500})");
  EXPECT_EQ(house.row().ports_per_host, 500u);
  EXPECT_EQ(house.row().hosts_per_address, 16u);
  EXPECT_EQ(house.row().first_port, 20000);
}

TEST(PortBlocks, TooManyHostsHaveNone) {
  Masquerade masquerade{.name = "out", .ipv4 = false, .ipv6 = true};
  masquerade.addresses = {*AddressRange::parse("2001:db8::1")};
  masquerade.deterministic = Deterministic{*Prefix::parse("2001:db8:10::/64")};
  EXPECT_FALSE(port_blocks(masquerade).fit());
  masquerade.deterministic->inside = *Prefix::parse("2001:db8:10::/113");
  EXPECT_EQ(port_blocks(masquerade).ports_per_host, 1u);
  EXPECT_TRUE(port_blocks(masquerade).fit());
}

TEST(Rows, RestOfPortsIsATimeout) {
  EXPECT_EQ(House("").rules.timeouts[SL_TIMEOUT_PORT_REST], 120u);
  const Document document = parsed(R"({"version": 1, "timeouts": {"port_rest": "0s"}})");
  EXPECT_EQ(document.timeouts.port_rest, std::chrono::seconds(0));
}

TEST(Rows, SizesOfTablesAreInTheDocument) {
  const Document document =
      parsed(R"({"version": 1, "tables": {"flows": 100000, "half_open": 2048, "flows_per_host": 1024}})");
  EXPECT_EQ(document.tables.flows, 100000u);
  EXPECT_EQ(document.tables.mappings, std::nullopt);
  EXPECT_EQ(document.tables.half_open, 2048u);
  EXPECT_EQ(document.tables.flows_per_host, 1024u);
}

}   // namespace
}   // namespace sluice::test
