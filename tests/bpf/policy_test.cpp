// SPDX-License-Identifier: GPL-2.0-or-later
// The policy classifier against the plainest reading of the document: the first policy that matches.
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "config/config.hpp"
#include "support/bpf_test.hpp"
#include "support/random_policies.hpp"

namespace sluice::test {
namespace {

class PolicyProperty : public HookTest {
 protected:
  // The name of the policy that carries the packet's flow; "" when none does.
  std::string carrier(const View& sent) {
    const auto row = find_flow(lab, sent.route());
    if (!row) return "";
    const auto all = lab.engine().objects().value();
    const auto at = std::ranges::find(all, row->flow.policy, &ObjectCount::number);
    return at == all.end() ? "" : at->name;
  }

  // Of the policy of this name.
  ObjectCount counted(std::string_view name) {
    const auto all = lab.engine().objects().value();
    const auto at = std::ranges::find(all, name, &ObjectCount::name);
    return at == all.end() ? ObjectCount{} : *at;
  }

  // What came before has a flow, which would carry it; carrier() does not ask for the protocol. To forget
  // costs more than the packet.
  void forget_before(const View& sent) {
    if (came_.size() < 64 && came_.insert(sent.route()).second) return;
    lab.forget();
    came_ = {sent.route()};
  }

  void decides_as_the_document_reads(const std::string& policies, RandomPolicies& random, int packets) {
    use({policies, "", "", "", ""});
    const Document document = check_document(document_of({policies, "", "", "", ""}), "test.json")->document;
    for (int i = 0; i < packets; ++i) {
      const Layers packet = random.packet();
      const View sent(lab.framed(At::kLan, packet));
      const Policy* wanted = first_match(document, sent);
      forget_before(sent);
      lab.forgive_errors();
      const Outcome outcome = from_lan(packet);
      const Action action = wanted ? wanted->action : Action::kDrop;
      const std::string expected = action == Action::kAccept   ? "forwarded"
                                   : action == Action::kReject ? "answered: REJECT"
                                                               : "dropped: POLICY";
      ASSERT_EQ(outcome.what, expected) << sent.route() << " protocol " << int{sent.protocol} << ", "
                                        << (wanted ? wanted->name : "no policy") << ", packet " << i;
      if (action == Action::kAccept) {
        ASSERT_EQ(carrier(sent), wanted->name) << sent.route();
      }
    }
  }

 private:
  std::set<std::string> came_;
};
ON_BOTH_HOOKS(PolicyProperty);

TEST_P(PolicyProperty, TheFirstPolicyThatMatchesDecides) {
  for (uint32_t seed = 1; seed <= 4; ++seed) {
    RandomPolicies random(seed);
    decides_as_the_document_reads(random.policies(), random, 500);
  }
}

// Those in front have addresses and ports of their own, so that all chunks of bits are there and few are
// visited.
TEST_P(PolicyProperty, TheFirstPolicyThatMatchesDecidesAmongThousands) {
  std::string others;
  for (int i = 0; i < 9500; ++i)
    others += fmt::format(
        R"({{ "name": "o{0}", "from": "lan", "to": "internet", "source": "10.{1}.{2}.0/24",
              "destination": "172.{3}.{4}.0/24", "protocol": "udp", "ports": {5}, "action": "accept" }},)",
        i, i / 250, i % 250, 16 + i % 16, i / 50, 1024 + i);
  RandomPolicies random(5);
  decides_as_the_document_reads(others + random.policies(), random, 200);
}

// Source and destination have bits in every chunk, and no policy has both but the last.
TEST_P(PolicyProperty, ChunksThatAgreeInVainAreLeftBehind) {
  std::string policies;
  for (int i = 0; i < 5000; ++i)
    policies += fmt::format(
        R"({{ "name": "p{}", "from": "lan", "to": "internet", "{}": "{}", "{}": "{}", "action": "drop" }},)",
        i, i % 2 ? "source" : "destination", i % 2 ? kInside : kFar, i % 2 ? "destination" : "source",
        i % 2 ? kOutside : "192.168.10.78");
  policies += R"({ "name": "last", "from": "lan", "to": "internet", "action": "accept" })";
  use({policies, "", "", "", ""});
  const Layers packet = Ip4{.src = kInside, .dst = kFar} / Udp{};
  EXPECT_EQ(from_lan(packet).what, "forwarded");
  EXPECT_EQ(carrier(View(lab.framed(At::kLan, packet))), "last");
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kOutside} / Udp{}).what, "dropped: POLICY");
}

TEST_P(PolicyProperty, WhatOneRefusesIsCountedForIt) {
  use({R"({ "name": "no-udp", "from": "lan", "to": "internet", "protocol": "udp", "action": "drop" },
          { "name": "no-tcp", "from": "lan", "to": "internet", "protocol": "tcp", "action": "reject" })",
       "", "", "", ""});
  const ObjectCount udp = counted("no-udp"), tcp = counted("no-tcp");
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{}).what, "dropped: POLICY");
  EXPECT_EQ(from_lan(Ip6{.src = kInside6, .dst = kFar6} / Tcp{}).what, "answered: REJECT");
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Echo{}).what, "dropped: POLICY");
  EXPECT_EQ(counted("no-udp").packets - udp.packets, 3u);
  EXPECT_EQ(counted("no-udp").bytes - udp.bytes, 3u * (20 + 8));
  EXPECT_EQ(counted("no-tcp").packets - tcp.packets, 1u);
  EXPECT_EQ(counted("no-tcp").bytes - tcp.bytes, 40u + 20);
  EXPECT_EQ(counted("no-udp").flows + counted("no-tcp").flows, 0u);
}

// "::/0" is every IPv6 address and no IPv4 address, and the other way round.
TEST_P(PolicyProperty, FamiliesDoNotMatchEachOther) {
  use({R"({ "name": "six", "from": "lan", "to": "internet", "source": "::/0", "action": "accept" })", "", "",
       "", ""});
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{}).what, "dropped: POLICY");
  EXPECT_EQ(from_lan(Ip6{.src = kInside6, .dst = kFar6} / Udp{}).what, "forwarded");
  use({R"({ "name": "four", "from": "lan", "to": "internet", "destination": "0.0.0.0/0", "action": "accept" })",
       "", "", "", ""});
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{}).what, "forwarded");
  EXPECT_EQ(from_lan(Ip6{.src = kInside6, .dst = kFar6} / Udp{}).what, "dropped: POLICY");
}

TEST_P(PolicyProperty, AForwardsSourceIsOfItsFamily) {
  Rules rules = home_rules();
  rules.forwards =
      R"({ "name": "web", "listen": "203.0.113.1", "ports": 80, "to": "192.168.10.2", "source": ["both"] })";
  std::string document = document_of({rules.policies, rules.masquerade, "", rules.forwards, ""});
  document.replace(document.find("\"admins\""), 8, R"("both": ["::/0", "198.51.100.7"], "admins")");
  lab.apply(document);
  EXPECT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Tcp{}).what, "forwarded");
  EXPECT_EQ(from_wan(Ip4{.src = kOutside, .dst = kWanAddress} / Tcp{}).what, "dropped: FORWARD_SOURCE");
}

// More policies than one chunk of bits holds (512): the last one is found, and the first one first.
TEST_P(PolicyProperty, BeyondOneChunk) {
  std::string policies;
  for (int i = 0; i < 1100; ++i)
    policies += fmt::format(
        R"({}{{ "name": "p{}", "from": "lan", "to": "internet", "protocol": "udp", "ports": {}, "action": "{}" }})",
        i ? "," : "", i, 1000 + i, i % 3 ? "accept" : "drop");
  use({policies, "", "", "", ""});
  for (const int i : {0, 1, 511, 512, 513, 1023, 1024, 1099}) {
    const Layers packet = Ip4{.src = kInside, .dst = kFar} / Udp{.dport = static_cast<uint16_t>(1000 + i)};
    EXPECT_EQ(from_lan(packet).what, i % 3 ? "forwarded" : "dropped: POLICY") << i;
    if (i % 3) {
      EXPECT_EQ(carrier(View(lab.framed(At::kLan, packet))), fmt::format("p{}", i));
    }
  }
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{.dport = 999}).what, "dropped: POLICY");
}

}   // namespace
}   // namespace sluice::test
