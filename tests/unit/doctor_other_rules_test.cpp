// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "doctor/other_rules.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::vector<OtherTable> kDocker = {{"ip nat", R"(table ip nat {
	chain DOCKER {
		iifname "docker0" counter packets 0 bytes 0 return
		iifname != "docker0" meta l4proto tcp tcp dport 8080 counter packets 0 bytes 0 dnat to 172.17.0.2:80
	}
	chain own {
		udp dport 53 dnat ip to 10.89.0.2:5353
		ip daddr 192.0.2.1 dnat to 192.0.2.2
	}
})"},
                                         {"ip filter", R"(table ip filter {
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
	}
	chain INPUT {
		type filter hook input priority filter; policy drop;
	}
})"}};

TEST(OtherRules, AreReadAsNftPrintsThem) {
  const OtherRules rules = read_other_rules(kDocker);
  EXPECT_THAT(rules.published, ElementsAre("tcp port 8080 to 172.17.0.2:80 (ip nat, DOCKER)",
                                           "udp port 53 to 10.89.0.2:5353 (ip nat, own)",
                                           "what is translated to 192.0.2.2 (ip nat, own)"));
  EXPECT_THAT(rules.dropping, ElementsAre("FORWARD of ip filter"));
}

// What docker 20.10 makes with --ip6tables: no DOCKER-USER.
OtherTable filter_of_docker(std::string name, std::string_view user, std::string_view last = "") {
  std::string text =
      "table x {\n\tchain FORWARD {\n\t\ttype filter hook forward priority filter; policy drop;\n";
  if (!user.empty()) text += "\t\tcounter packets 1 bytes 60 jump DOCKER-USER\n";
  text += "\t\toifname \"docker0\" counter packets 0 bytes 0 jump DOCKER\n";
  text += fmt::format("{}\t}}\n\tchain DOCKER {{\n\t}}\n", last);
  if (!user.empty()) text += fmt::format("\tchain DOCKER-USER {{\n{}\t}}\n", user);
  return {std::move(name), text + "}\n"};
}
constexpr std::string_view kReturn = "\t\tcounter packets 9 bytes 9 return\n";
constexpr std::string_view kAccept = "\t\tcounter packets 9 bytes 9 accept\n";
constexpr std::string_view kAcceptOne = "\t\tip saddr 192.0.2.1 counter packets 9 bytes 9 accept\n";

TEST(OtherRules, OfDockerAreLetPassAsItsTablesAre) {
  const auto both =
      read_other_rules({filter_of_docker("ip filter", kReturn), filter_of_docker("ip6 filter", "")});
  EXPECT_THAT(both.dropping, ElementsAre("FORWARD of ip filter", "FORWARD of ip6 filter"));
  EXPECT_EQ(judge_other_rules(both, {}, true).remedy,
            "`iptables -I DOCKER-USER -j ACCEPT` and `ip6tables -A FORWARD -j ACCEPT`, or the eBPF engine");
}

TEST(OtherRules, ThatAcceptEverythingBeforeDropNothing) {
  const auto dropping = [](const OtherTable& table) { return read_other_rules({table}).dropping; };
  EXPECT_THAT(dropping(filter_of_docker("ip filter", fmt::format("{}{}", kAccept, kReturn))), IsEmpty());
  EXPECT_THAT(dropping(filter_of_docker("ip6 filter", "", kAccept)), IsEmpty());
  EXPECT_THAT(dropping(filter_of_docker("ip filter", kReturn, kAccept)), IsEmpty());
  EXPECT_THAT(dropping(filter_of_docker("ip filter", fmt::format("{}{}", kReturn, kAccept))), SizeIs(1));
  EXPECT_THAT(dropping(filter_of_docker("ip filter", kAcceptOne)), SizeIs(1));
}

TEST(OtherRules, ThatJumpInACircleAreReadOnce) {
  const OtherTable circle{"ip x",
                          "chain a {\ntype filter hook forward priority 0; policy drop;\njump a\njump a\n}"};
  EXPECT_THAT(read_other_rules({circle}).dropping, ElementsAre("a of ip x"));
}

TEST(OtherRules, PublishWhatTheyLeadTo) {
  EXPECT_TRUE(publishes(kDocker, "172.17.0.2:80"));
  EXPECT_FALSE(publishes(kDocker, "172.17.0.2:8"));
  EXPECT_FALSE(publishes(kDocker, "72.17.0.2:80"));
  EXPECT_FALSE(publishes(kDocker, "172.17.0.2:8080"));
  EXPECT_FALSE(publishes({}, "172.17.0.2:80"));
}

TEST(OtherRules, OfTextThatIsCutAreNone) {
  const OtherRules rules = read_other_rules({{"ip x", "chain\nchain \ndnat to \ntype filter hook forward"}});
  EXPECT_THAT(rules.published, IsEmpty());
  EXPECT_THAT(rules.dropping, IsEmpty());
}

TEST(OtherRules, AreJudgedByTheEngineThatSeesThem) {
  const OtherRules rules = read_other_rules(kDocker);
  EXPECT_EQ(judge_other_rules({}, {"eth5"}, true).state, ProbeState::kGood);
  EXPECT_EQ(judge_other_rules(rules, {}, false).state, ProbeState::kGood);
  const ProbeRow unnamed = judge_other_rules(rules, {"eth5"}, false);
  EXPECT_EQ(unnamed.state, ProbeState::kWarning);
  EXPECT_THAT(unnamed.remedy, HasSubstr("add eth5"));
  const ProbeRow dropping = judge_other_rules(rules, {}, true);
  EXPECT_EQ(dropping.state, ProbeState::kBad);
  EXPECT_THAT(dropping.reason, HasSubstr("FORWARD of ip filter"));
}

TEST(UnnamedDevices, AreHardwareWithAnAddress) {
  Document document;
  document.interfaces.emplace_back().name = "wan";
  Observed observed;
  for (const auto& [name, kind, address] : {std::tuple("wan", "", "203.0.113.1/24"),
                                            {"eth5", "", "192.0.2.1/24"},
                                            {"eth6", "", "fe80::1/64"},
                                            {"docker0", "bridge", "172.17.0.1/16"}}) {
    ObservedLink link;
    link.name = name;
    link.kind = kind;
    link.up = true;
    link.addresses = {ObservedAddress{*InterfaceAddress::parse(address)}};
    observed.links[name] = link;
  }
  EXPECT_THAT(unnamed_devices(document, observed), ElementsAre("eth5"));
}

}   // namespace
}   // namespace sluice
