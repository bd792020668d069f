// SPDX-License-Identifier: GPL-2.0-or-later
// What an engine cannot do, and where a document asks for it.
#include <gtest/gtest.h>

#include "../support/parsed.hpp"
#include "model/capabilities.hpp"
#include "model/capability_table.hpp"
#include "model/zone_pairs.hpp"

namespace sluice {
namespace {

using enum EngineKind;
using test::Texts;
using Pair = ZoneNumberPair;
using Pairs = std::set<Pair>;

std::vector<std::string> sentences(const Document& document, EngineKind engine) {
  std::vector<std::string> all;
  for (const Lack& lack : lacks(document, engine)) all.push_back(sentence(lack));
  return all;
}

Document with_zones(size_t count) {
  Document document;
  for (size_t i = 0; i < count; ++i) document.zones.push_back({"zone" + std::to_string(i)});
  return document;
}

Masquerade with_pool(std::initializer_list<const char*> ranges) {
  Masquerade masquerade{.name = "out"};
  for (const char* text : ranges) masquerade.addresses.push_back(*AddressRange::parse(text));
  return masquerade;
}

TEST(Capabilities, NothingIsLackedByAnEmptyDocument) {
  for (const EngineKind engine : kEngineKinds) EXPECT_EQ(sentences({}, engine), Texts{});
}

TEST(Capabilities, AHookIsForEbpf) {
  Document document;
  document.interfaces = {{"wan", "internet", {}, HookChoice::kXdp}, {"eth1.20", "lan", {}, HookChoice::kTc}};
  document.interfaces.push_back({"auto", "lan", {}, HookChoice::kAuto});
  EXPECT_EQ(sentences(document, kEbpf), Texts{});
  EXPECT_EQ(sentences(document, kNftables),
            (Texts{"interfaces.wan.hook: the nftables engine has no hook to choose (the ebpf engine can)",
                   "interfaces[\"eth1.20\"].hook: the nftables engine has no hook to choose (the ebpf "
                   "engine can)"}));
}

TEST(Capabilities, AllPoliciesAreLookedAtOrTheDocumentIsRefused) {
  Document document;
  document.policies.resize(16384);
  EXPECT_EQ(sentences(document, kEbpf), Texts{});
  document.policies.resize(16385);
  EXPECT_EQ(sentences(document, kEbpf),
            (Texts{"policies: 16,385 policies are more than the 16,384 of the ebpf engine (the nftables "
                   "engine can)"}));
  EXPECT_EQ(sentences(document, kNftables), Texts{});
}

TEST(Capabilities, APoolHasSixteenRangesOfEachFamily) {
  Document document;
  document.masquerades.push_back(with_pool({}));
  document.masquerades.push_back(with_pool({"2001:db8::1"}));
  for (int i = 1; i <= 16; ++i)
    document.masquerades[1].addresses.push_back(*AddressRange::parse("203.0.113." + std::to_string(2 * i)));
  EXPECT_EQ(sentences(document, kEbpf), Texts{});
  document.masquerades[1].addresses.push_back(*AddressRange::parse("203.0.113.99"));
  EXPECT_EQ(sentences(document, kEbpf),
            (Texts{"nat.masquerade[1].addresses: 17 ranges of one family in a pool are more than the 16 "
                   "of the ebpf engine (the nftables engine can)"}));
}

TEST(Capabilities, EveryAddressOfAPoolIsUsedOrTheDocumentIsRefused) {
  Document document;
  document.masquerades = {with_pool({"198.18.0.0/16"}), with_pool({"198.18.0.0/15"})};
  for (const EngineKind engine : kEngineKinds) {
    const auto lacking = lacks(document, engine);
    ASSERT_EQ(lacking.size(), 1u);
    EXPECT_EQ(to_string(lacking[0].path), "nat.masquerade[1].addresses");
    EXPECT_TRUE(lacking[0].can.empty());
    EXPECT_EQ(who_can(lacking[0]), "no engine can");
  }
}

TEST(Capabilities, APoolOfEbpfStaysWithinItsLast32Bits) {
  Document document;
  document.masquerades = {with_pool({"2001:db8::ffff:ff00-2001:db8::1:0:ff"})};
  EXPECT_EQ(sentences(document, kEbpf),
            (Texts{"nat.masquerade[0].addresses: the ebpf engine has no range of a pool that goes past a "
                   "/96 (the nftables engine can)"}));
  EXPECT_EQ(sentences(document, kNftables), Texts{});
}

TEST(Capabilities, ThirtyOneZonesFitWhateverPassesBetweenThem) {
  Document document = with_zones(31);
  std::vector<std::string> all{std::string(kHostZone)};
  for (const Zone& zone : document.zones) all.push_back(zone.name);
  document.policies.push_back({.name = "all", .from = all, .to = all, .action = Action::kAccept});
  document.policies[0].to.erase(document.policies[0].to.begin());
  for (const std::string& zone : all)
    if (zone != kHostZone)
      document.policies.push_back({.name = zone, .from = {zone}, .to = {"host"}, .action = Action::kAccept});
  EXPECT_EQ(passable_zone_pairs(document).size(), 1023u);
  EXPECT_EQ(sentences(document, kNftables), Texts{});
  document.zones.push_back({"one-more"});
  EXPECT_EQ(sentences(document, kNftables),
            (Texts{"policies: 1,025 pairs of zones that may talk are more than the "
                   "1,023 of the nftables engine (the ebpf engine can)"}));
}

TEST(Capabilities, PairsAreThoseBetweenWhichSomethingPasses) {
  Document document = with_zones(3);
  document.zones[2].isolated = true;
  document.policies = {{.name = "a", .from = {"zone0"}, .to = {"zone1"}, .action = Action::kAccept},
                       {.name = "b", .from = {"zone1"}, .to = {"zone0"}, .action = Action::kReject}};
  EXPECT_EQ(passable_zone_pairs(document),
            (Pairs{Pair{0, 1}, Pair{0, 2}, Pair{0, 3}, Pair{1, 1}, Pair{1, 2}, Pair{2, 2}}));
}

TEST(Capabilities, AForwardLeadsFromEverywhereToItsTarget) {
  Document document = with_zones(2);
  document.zones[0].isolated = document.zones[1].isolated = true;
  document.interfaces = {{"lan", "zone1", {*InterfaceAddress::parse("192.168.10.1/24")}, HookChoice::kAuto}};
  document.forwards = {{.name = "in", .to = *IpAddress::parse("192.168.10.2")}};
  EXPECT_EQ(passable_zone_pairs(document), (Pairs{Pair{0, 1}, Pair{0, 2}, Pair{1, 2}, Pair{2, 2}}));
  document.forwards[0].to = *IpAddress::parse("192.168.10.1");
  EXPECT_EQ(passable_zone_pairs(document), (Pairs{Pair{0, 1}, Pair{0, 2}, Pair{1, 0}, Pair{2, 0}}));
  document.forwards[0].to = *IpAddress::parse("192.0.2.1");
  EXPECT_EQ(passable_zone_pairs(document).size(), 8u);   // all but from the gateway to itself
}

TEST(Capabilities, NamedRulesAreCountedTogether) {
  Document document;
  document.policies.resize(10000);
  document.forwards.resize(262143 - 10000);
  EXPECT_EQ(sentences(document, kEbpf), Texts{});
  document.static_mappings.resize(1);
  for (const EngineKind engine : kEngineKinds)
    EXPECT_EQ(to_string(lacks(document, engine).at(0).path), "nat.forwards");
}

TEST(Capabilities, InterfacesAndZonesHaveLimitsInEbpf) {
  Document document = with_zones(256);
  document.interfaces.resize(1024);
  EXPECT_EQ(lacks(document, kEbpf).size(), 2u);
}

Document with_masquerade(const Masquerade& masquerade) {
  Document document;
  document.masquerades = {Masquerade{.name = "first"}, masquerade};
  return document;
}

TEST(Capabilities, WhatNftablesDoesByItselfIsAcceptedFromBoth) {
  const Document document =
      with_masquerade({.name = "out", .mapping = Mapping::kPerDestination, .except = {{}, {"a"}}});
  for (const EngineKind engine : kEngineKinds) EXPECT_EQ(sentences(document, engine), Texts{});
}

TEST(Capabilities, MappingsThatArePromisedAreForEbpf) {
  const Masquerade asks[] = {
      {.name = "mapping", .mapping = Mapping::kEndpointIndependent},
      {.name = "filtering", .filtering = Filtering::kEndpointIndependent},
      {.name = "filtering", .filtering = Filtering::kAddressDependent},
      {.name = "mappings_per_host", .mappings_per_host = kMappingsPerHost},
      {.name = "quota", .quota = Quota::kSoft},
      {.name = "deterministic", .deterministic = Deterministic{}},
      {.name = "log", .log = true},
  };
  for (const Masquerade& masquerade : asks) {
    const Document document = with_masquerade(masquerade);
    EXPECT_EQ(sentences(document, kEbpf), Texts{});
    const auto lacking = lacks(document, kNftables);
    ASSERT_EQ(lacking.size(), 1u) << masquerade.name;
    EXPECT_EQ(to_string(lacking[0].path), "nat.masquerade[1]." + masquerade.name);
    EXPECT_EQ(who_can(lacking[0]), "the ebpf engine can");
  }
}

TEST(Capabilities, SizesAndRestAreForEbpf) {
  Document document;
  document.timeouts.port_rest = kPortRest;
  document.tables = {.flows = 1024, .flows_per_host = 1024};
  document.static_mappings = {{.name = "a", .checksum_neutral = true}};
  EXPECT_EQ(sentences(document, kEbpf), Texts{});
  EXPECT_EQ(
      sentences(document, kNftables),
      (Texts{"nat.static[0].checksum_neutral: the nftables engine has no checksum-neutral translation (the "
             "ebpf engine can)",
             "timeouts.port_rest: the nftables engine has no rest for freed ports (the ebpf engine can)",
             "tables.flows: the nftables engine has no tables to size (the ebpf engine can)",
             "tables.flows_per_host: the nftables engine has no tables to size (the ebpf engine can)"}));
}

TEST(Capabilities, EveryRowSaysWhatIsLimited) {
  for (const Capability& row : kCapabilities) {
    EXPECT_EQ(row.what.empty(), row.ebpf == kAll && row.nftables == kAll) << row.key;
    EXPECT_TRUE(!row.count || !row.what.empty()) << row.key;
  }
}

}   // namespace
}   // namespace sluice
