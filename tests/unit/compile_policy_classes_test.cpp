// SPDX-License-Identifier: GPL-2.0-or-later
// Policies as rows of bit vectors, looked up here as bpf/policy/match.h does, against reading the document.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <bit>
#include <random>

#include "compile/common/rows.hpp"
#include "compile/common/rule_tables.hpp"
#include "plan/plan_links.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

constexpr sl_policy_class kAllPolicies{SL_ROW_OF_ALL, ~0u};

struct Classified {
  Document document;
  NumberedRules rules;

  explicit Classified(const std::string& policies, const std::string& sets = "")
      : document(parsed(fmt::format(
            R"({{"version": 1, "interfaces": {{"wan": {{"zone": "w"}}, "lan": {{"zone": "l"}}}}, "sets": {{{}}}, "policies": [{}]}})",
            sets, policies))) {
    Plan plan;
    const Observed seen = fresh_machine();
    rules = compile_rules(document, seen, plan_links(document, seen, EngineKind::kEbpf, plan));
  }

  uint16_t zone(std::string_view name) const {
    return static_cast<uint16_t>(std::ranges::find(rules.zones, name) - rules.zones.begin());
  }
};

bool is_in(const sl_prefix_key& key, uint32_t tag, const IpAddress& address) {
  const sl_prefix_key host = row_host(tag, address);
  const auto bits = [](const sl_prefix_key& k, uint32_t n) {
    std::string text;
    for (uint32_t i = 0; i + 32 < n; ++i)
      text += reinterpret_cast<const uint8_t*>(k.address.w)[i / 8] >> (7 - i % 8) & 1 ? '1' : '0';
    return text;
  };
  return key.tag == tag && bits(key, key.prefixlen) == bits(host, key.prefixlen);
}

sl_policy_class class_of(const Rows<sl_prefix_key, sl_policy_class>& rows, const IpAddress& address) {
  const std::pair<sl_prefix_key, sl_policy_class>* best = nullptr;
  for (const auto& row : rows)
    if (is_in(row.first, address.is_ipv4() ? 4 : 6, address) &&
        (!best || row.first.prefixlen > best->first.prefixlen))
      best = &row;
  return best ? best->second : sl_policy_class{};
}

sl_policy_class class_of(const Rows<sl_service_key, sl_policy_class>& rows, uint8_t protocol, uint16_t port) {
  const std::pair<sl_service_key, sl_policy_class>* best = nullptr;
  for (const auto& row : rows) {
    const uint32_t length = row.first.prefixlen;
    const bool fits = length == 0 || (row.first.protocol == protocol &&
                                      (length < 16 || (ntohs(row.first.port) ^ port) >> (32 - length) == 0));
    if (fits && (!best || length > best->first.prefixlen)) best = &row;
  }
  return best ? best->second : sl_policy_class{};
}

const sl_policy_bits& bits_of(const Classified& c, const sl_policy_class& found, uint32_t chunk) {
  return c.rules.policies->policy_bits.at(found.row +
                                          std::popcount(found.chunks & ((uint32_t{1} << chunk) - 1)));
}

// The place of the policy; nullopt: none. `visited` counts chunks.
std::optional<size_t> first_match(const Classified& c, const PolicyQuestion& asked, int* visited = nullptr) {
  const uint32_t by = c.rules.header.dimensions;
  const std::array<sl_policy_class, 4> found{
      c.rules.zone_pairs[asked.zone_in * c.rules.zones.size() + asked.zone_out].policies,
      by & SL_BY_SOURCE ? class_of(c.rules.policies->policy_source, asked.source) : kAllPolicies,
      by & SL_BY_DESTINATION ? class_of(c.rules.policies->policy_dest, asked.destination) : kAllPolicies,
      by & SL_BY_SERVICE ? class_of(c.rules.policies->policy_service, asked.protocol, asked.destination_port)
                         : kAllPolicies};
  uint32_t candidates = ~0u;
  for (const auto& one : found) candidates &= one.chunks;
  for (uint32_t chunk = 0; chunk < SL_MAX_POLICY_CHUNKS; ++chunk) {
    if (!(candidates >> chunk & 1)) continue;
    if (visited) ++*visited;
    for (size_t i = 0; i < 8; ++i) {
      uint64_t word = ~uint64_t{0};
      for (const auto& one : found) word &= bits_of(c, one, chunk).word[i];
      if (word) return chunk * 512 + i * 64 + static_cast<size_t>(std::countr_zero(word));
    }
  }
  return std::nullopt;
}

std::string random_policy(int number, std::mt19937& random) {
  const char* const kPlaces[] = {
      "\"192.0.2.0/24\"",  "\"192.0.2.0/25\"", "\"192.0.2.7\"", "\"some\"", "[\"others\", \"192.0.2.9\"]",
      "\"2001:db8::/32\"", "\"2001:db8::7\"",  "\"::/0\""};
  const char* const kServices[] = {"\"udp\"", "[\"tcp\", \"udp\"]", "\"tcp\", \"ports\": \"80-1000\"",
                                   "\"udp\", \"ports\": 53", "\"icmp\""};
  std::string text = fmt::format(R"({{"name": "p{}", "from": "l", "to": "w", "action": "accept")", number);
  if (random() % 4) text += fmt::format(", \"source\": {}", kPlaces[random() % std::size(kPlaces)]);
  if (random() % 4) text += fmt::format(", \"destination\": {}", kPlaces[random() % std::size(kPlaces)]);
  if (random() % 4) text += fmt::format(", \"protocol\": {}", kServices[random() % std::size(kServices)]);
  return text + "}";
}

PolicyQuestion random_question(const Classified& c, std::mt19937& random) {
  const char* const kAddresses[] = {"192.0.2.7",   "192.0.2.9",   "192.0.2.200", "198.51.100.1",
                                    "2001:db8::7", "2001:db8::8", "2001:db9::1", "203.0.113.5"};
  const uint8_t kProtocols[] = {6, 17, 1};
  const size_t half = random() % 2 * 4;
  const auto address = [&] {
    for (;;)
      if (const auto a = IpAddress::parse(kAddresses[random() % 8]); a->is_ipv4() == (half == 0)) return *a;
  };
  return {c.zone("l"),
          c.zone("w"),
          address(),
          address(),
          kProtocols[random() % 3],
          static_cast<uint16_t>(random() % 3 == 0 ? 53 : random() % 1200)};
}

TEST(PolicyClasses, TheLowestBitIsTheFirstPolicyThatMatches) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    std::string policies;
    const int count = round < 15 ? 1 + static_cast<int>(random() % 30) : 1400;
    for (int i = 0; i < count; ++i) policies += (i ? "," : "") + random_policy(i, random);
    const Classified c(policies, R"("some": ["192.0.2.7", "198.51.100.0/24"], "others": ["192.0.2.128/25"])");
    const RuleTables tables(c.document, c.rules);
    for (int i = 0; i < 200; ++i) {
      PolicyQuestion asked = random_question(c, random);
      if (asked.protocol == 1) asked.destination_port = 0;   // as the packet path asks
      const Policy* wanted = tables.policy_for(asked);
      const auto found = first_match(c, asked);
      ASSERT_EQ(found.has_value(), wanted != nullptr) << round;
      if (wanted) {
        ASSERT_EQ(&c.document.policies[*found], wanted) << round;
      }
    }
  }
}

std::string policies_apart(int count) {
  std::string policies;
  for (int i = 0; i < count; ++i)
    policies += fmt::format(
        R"({}{{"name": "p{}", "from": "l", "to": "w", "source": "10.{}.{}.0/24", "ports": {}, "protocol": "tcp", "action": "accept"}})",
        i ? "," : "", i, i / 250, i % 250, 1000 + i);
  return policies;
}

TEST(PolicyClasses, ChunksWithoutABitInCommonAreNotVisited) {
  const Classified c(policies_apart(9000));
  for (const int i : {0, 511, 512, 8999}) {
    int visited = 0;
    const PolicyQuestion asked{
        c.zone("l"), c.zone("w"), *IpAddress::parse(fmt::format("10.{}.{}.9", i / 250, i % 250)),
        IpAddress(), 6,           static_cast<uint16_t>(1000 + i)};
    EXPECT_EQ(first_match(c, asked, &visited), static_cast<size_t>(i));
    EXPECT_EQ(visited, 1);
  }
}

// A row for each policy and dimension, those of the pair of zones and of all, and room between dimensions.
TEST(PolicyClasses, ChunksWithoutABitHaveNoRow) {
  const Classified c(policies_apart(9000));
  EXPECT_LE(c.rules.policies->policy_bits.size(), 2u * 9000 + 3 * 18 + 3 * 4096);
}

TEST(PolicyClasses, AClassLessInOneDimensionMovesNoRowOfAnother) {
  std::string policies = policies_apart(100);
  const Classified before(policies);
  policies.replace(policies.find("10.0.50.0/24"), 12, "10.0.49.0/24");
  const Classified after(policies);
  ASSERT_NE(before.rules.policies->policy_source.size(), after.rules.policies->policy_source.size());
  const auto same_row = [](const auto& a, const auto& b) { return a.second.row == b.second.row; };
  EXPECT_TRUE(std::ranges::equal(before.rules.policies->policy_service, after.rules.policies->policy_service,
                                 same_row));
}

TEST(PolicyClasses, ASetIsThereOnceWhoeverNamesIt) {
  std::string members, policies;
  for (int i = 0; i < 2000; ++i) members += fmt::format("{}\"198.18.{}.{}\"", i ? "," : "", i / 200, i % 200);
  for (int i = 0; i < 600; ++i)
    policies += fmt::format(
        R"({}{{"name": "p{}", "from": "l", "to": "w", "destination": "many", "protocol": "tcp", "ports": {}, "action": "drop"}})",
        i ? "," : "", i, 1 + i);
  const Classified c(policies, fmt::format("\"many\": [{}]", members));
  EXPECT_EQ(c.rules.policies->policy_dest.size(), 2000u + 2);
  EXPECT_EQ(c.rules.policies->policy_dest[1].second.row, c.rules.policies->policy_dest[1999].second.row)
      << "one class for all";
}

TEST(PolicyClasses, MoreThanTheSummaryHasBitsForStillDiffer) {
  const auto digest = [](int last) {
    std::string policies;
    for (int i = 0; i < 16500; ++i)
      policies += fmt::format(
          R"({}{{"name": "p{}", "from": "l", "to": "w", "source": "10.0.0.{}", "action": "drop"}})",
          i ? "," : "", i, i == 16499 ? last : i % 200);
    return digest_of(Classified(policies).rules);
  };
  EXPECT_NE(digest(7), digest(8));
}

}   // namespace
}   // namespace sluice::test
