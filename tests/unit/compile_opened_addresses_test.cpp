// SPDX-License-Identifier: GPL-2.0-or-later
// What names have opened, apart from the rules of the document: what comes and goes changes nothing else, and
// is what the rules would be that are made with it.
#include <gmock/gmock.h>

#include "compile/common/rows.hpp"
#include "compile/ebpf/policy_classes.hpp"
#include "compile/nft/rules_nft.hpp"
#include "model/domains.hpp"
#include "plan/plan_links.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

constexpr const char* kNamedPolicies = R"({"version": 1,
  "interfaces": {"wan": {"zone": "internet"}, "lan": {"zone": "lan"}},
  "policies": [
    {"name": "exact", "from": "lan", "to": "internet", "destination": "198.51.100.7", "action": "drop"},
    {"name": "around", "from": "lan", "to": "internet", "destination": "198.51.100.0/24", "action": "accept"},
    {"name": "one", "from": "lan", "to": "internet", "domains": "*.example.org", "action": "accept"},
    {"name": "two", "from": "lan", "to": "internet", "domains": "*.example.net", "action": "accept"}]})";

OpenedChange change(const char* policy, const char* address, bool opens = true) {
  return {set_of_domains(policy), *IpAddress::parse(address), opens};
}

const std::vector<OpenedChange> kOpenedHere{change("one", "198.51.100.7"), change("one", "198.51.100.8"),
                                            change("two", "198.51.100.8"), change("two", "192.0.2.1"),
                                            change("one", "2001:db8::1")};

Document with(const std::vector<OpenedChange>& changes) {
  Document document = parsed(kNamedPolicies);
  for (const OpenedChange& one : changes) change_opened(document, one);
  return document;
}

// The policies of the last row of an address, which is the one that is written last.
std::vector<size_t> policies_at(const PolicyTables& tables, const char* address) {
  const sl_prefix_key key = key_of_opened(*IpAddress::parse(address));
  std::vector<size_t> policies;
  for (const auto& [own, found] : tables.policy_dest) {
    if (std::memcmp(&own, &key, sizeof(key)) != 0) continue;
    policies.clear();
    for (size_t bit = 0; bit < 64; ++bit)
      if (tables.policy_bits.at(found.row).word[0] >> bit & 1) policies.push_back(bit);
  }
  return policies;
}

TEST(OpenedAddresses, HaveTheirPoliciesAndThoseAroundThem) {
  const auto tables = classify_policies(with(kOpenedHere));
  EXPECT_THAT(policies_at(*tables, "198.51.100.7"), testing::ElementsAre(0, 1, 2));
  EXPECT_THAT(policies_at(*tables, "198.51.100.8"), testing::ElementsAre(1, 2, 3));
  EXPECT_THAT(policies_at(*tables, "192.0.2.1"), testing::ElementsAre(3));
  EXPECT_THAT(policies_at(*tables, "2001:db8::1"), testing::ElementsAre(2));
  EXPECT_TRUE(tables->opened.members.at(*IpAddress::parse("198.51.100.7")).is_of_document);
  EXPECT_FALSE(tables->opened.members.at(*IpAddress::parse("198.51.100.8")).is_of_document);
}

TEST(OpenedAddresses, MoveNothingOfTheDocument) {
  const auto before = classify_policies(with({})), after = classify_policies(with(kOpenedHere));
  EXPECT_EQ(before->digest, after->digest);
  EXPECT_NE(before->opened.digest, after->opened.digest);
  ASSERT_EQ(before->opened.first_row, after->opened.first_row);
  ASSERT_EQ(before->opened.first_class_row, after->opened.first_class_row);
  EXPECT_EQ(std::memcmp(before->policy_bits.data(), after->policy_bits.data(),
                        before->opened.first_class_row * sizeof(sl_policy_bits)),
            0);
  for (uint32_t row = 0; row < before->opened.first_row; ++row)
    EXPECT_EQ(
        std::memcmp(&before->policy_dest[row], &after->policy_dest[row], sizeof(before->policy_dest[row])),
        0);
}

TEST(OpenedAddresses, AreFoundAgainWhereverTheyCameFrom) {
  const auto made = classify_policies(with(kOpenedHere));
  const PolicyTables same = with_members(*classify_policies(with({})), made->opened.members);
  EXPECT_EQ(same.opened.digest, made->opened.digest);
  for (const char* address : {"198.51.100.7", "198.51.100.8", "192.0.2.1", "2001:db8::1"})
    EXPECT_EQ(policies_at(same, address), policies_at(*made, address)) << address;
}

TEST(OpenedAddresses, TheRowOfTheDocumentIsFound) {
  const auto tables = classify_policies(with(kOpenedHere));
  EXPECT_TRUE(class_of_row(*tables, key_of_opened(*IpAddress::parse("198.51.100.7"))));
  EXPECT_FALSE(class_of_row(*tables, key_of_opened(*IpAddress::parse("198.51.100.8"))));
}

TEST(OpenedAddresses, ASetBesideOthersIsLikeAnySet) {
  Document document = with(kOpenedHere);
  document.policies[2].destination.sets.push_back("domains:two");
  const auto tables = classify_policies(document);
  EXPECT_THAT(tables->opened.sets, testing::IsEmpty());
  EXPECT_THAT(policies_at(*tables, "192.0.2.1"), testing::ElementsAre(2, 3));
}

RulesNft nft_of(const Document& document) {
  Plan plan;
  const Observed seen = fresh_machine();
  const auto links = plan_links(document, seen, EngineKind::kNftables, plan);
  return compile_nft(document, seen, links,
                     std::make_shared<const NumberedRules>(compile_rules(document, seen, links)), 1);
}

TEST(OpenedAddresses, InSetsOfNftables) {
  const RulesNft empty = nft_of(with({})), full = nft_of(with(kOpenedHere));
  const RulesNft opened = with_opened(empty, kOpenedHere);
  EXPECT_EQ(opened.digest, full.digest);
  EXPECT_NE(opened.digest, empty.digest);
  EXPECT_EQ(digest_of(*opened.numbers), digest_of(*full.numbers));
  for (const NftSet& set : full.sets) {
    if (!set.opened) continue;
    const auto at = std::ranges::find(opened.sets, set.name, &NftSet::name);
    ASSERT_NE(at, opened.sets.end());
    EXPECT_EQ(at->elements, set.elements) << set.name;
  }
  std::vector<OpenedChange> closed;
  for (const OpenedChange& one : kOpenedHere) closed.push_back({one.set, one.address, false});
  EXPECT_EQ(with_opened(opened, closed).digest, empty.digest);
}

}   // namespace
}   // namespace sluice::test
