// SPDX-License-Identifier: GPL-2.0-or-later
// The box around the policies of a piece: who is outside of it passes them by.
#include "compile/nft/policy_hull.hpp"
#include "compile_nft_fixture.hpp"

namespace sluice::test {
namespace {

// Of policies from internet to lan, each by what it says beside that.
Texts hull_of(const std::vector<std::string>& policies) {
  std::string list;
  for (size_t i = 0; i < policies.size(); ++i)
    list += fmt::format(R"({}{{"name": "p{}", "from": "internet", "to": "lan", "action": "accept"{}}})",
                        i ? ", " : "", i, policies[i]);
  const Document document =
      parsed(house(R"("sets": {"some": ["192.0.2.0/24"]}, "policies": [)" + list + "]"));
  nft::PolicyHull hull;
  for (const Policy& policy : document.policies) hull.widen(policy);
  Texts rules;
  for (const std::vector<json>& rule : hull.rules()) rules.push_back(joined(json(rule), " "));
  return rules;
}

TEST(NftPolicyHull, IsTheSmallestBoxAroundAllOfThem) {
  EXPECT_EQ(
      hull_of(
          {R"(, "protocol": "tcp", "ports": 80, "source": "10.1.0.0/24", "destination": "172.16.4.0/24")",
           R"(, "protocol": "udp", "ports": "90-95", "source": "10.1.3.0/24", "destination": "172.17.0.9")"}),
      (Texts{"l4proto != { 6, 17 } return", "l4proto { 6, 17 } ct reply proto-src != 80-95 return",
             "ct original ip saddr != 10.1.0.0/22 return", "ct reply ip saddr != 172.16.0.0/15 return"}));
}

TEST(NftPolicyHull, IsNarrowAroundOne) {
  EXPECT_EQ(hull_of({R"(, "protocol": "tcp", "ports": 80, "source": "10.1.0.7")"}),
            (Texts{"l4proto != { 6 } return", "l4proto { 6 } ct reply proto-src != 80-80 return",
                   "ct original ip saddr != 10.1.0.7 return"}));
  EXPECT_EQ(hull_of({R"(, "source": ["2001:db8::/48", "2001:db8:1::/48"])"}),
            Texts{"ct original ip6 saddr != 2001:db8::/47 return"});
}

TEST(NftPolicyHull, AsksNothingThatOneOfThemLeavesOpen) {
  const std::string narrow = R"(, "protocol": "tcp", "ports": 80, "source": "10.1.0.0/24")";
  EXPECT_EQ(hull_of({narrow, R"(, "protocol": "tcp")"}), Texts{"l4proto != { 6 } return"});
  EXPECT_EQ(hull_of({narrow, ""}), Texts{});
  EXPECT_EQ(hull_of({narrow, R"(, "source": "some")"}), Texts{});
}

TEST(NftPolicyHull, NothingIsAroundBothFamiliesOrEverything) {
  for (const char* other : {"2001:db8::/32", "192.0.2.0/24", "0.0.0.0/0"})
    EXPECT_EQ(hull_of({R"(, "source": "10.1.0.0/24")", fmt::format(R"(, "source": "{}")", other)}), Texts{})
        << other;
}

}   // namespace
}   // namespace sluice::test
