// SPDX-License-Identifier: GPL-2.0-or-later
// Tunnels of frames in a VRF: nobody else speaks as their ends, and what has the same addresses in another
// VRF has nothing to do with them.
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

constexpr auto kEndInDmz = "172.20.1.1";
constexpr uint16_t kVxlanOfOne = 4791;

Interface bridged(std::string name, MadeInterface made) {
  Interface interface;
  interface.name = std::move(name);
  interface.made = std::move(made);
  return interface;
}

// The VRF "office" has `dmz`, and a VXLAN and a GRETAP to two machines of it. The main VRF leaves the dmz to
// "office", and the inside is masqueraded there: its packets have the tunnels' own address.
class TunnelsInVrf : public HookTest {
 protected:
  ~TunnelsInVrf() override {
    lab.bridge({});
    lab.lead_main({});
    use(home_rules());
  }

  void use_tunnels(const std::string& vrf) {
    const auto at = [](std::string_view text) { return IpAddress::parse(text).value(); };
    lab.bridge({bridged("vx", Vxlan{.vni = 7,
                                    .local = at(kEndInDmz),
                                    .remotes = {at(kDmz)},
                                    .port = kVxlanOfOne,
                                    .entries = {},
                                    .vrf = vrf,
                                    .mtu = 1500,
                                    .lower = "dmz"}),
                bridged("gt", Gretap{.local = at(kEndInDmz),
                                     .remote = at("172.20.1.3"),
                                     .mtu = 1500,
                                     .vrf = vrf,
                                     .lower = "dmz"})});
    Rules rules = home_rules();
    rules.forwards = rules.static_mappings = "";
    rules.policies = R"({ "name": "in", "from": "lan", "to": "dmz", "action": "accept" },
                        { "name": "host", "from": "dmz", "to": "host", "action": "accept" })";
    rules.masquerade = R"({ "name": "hide", "from": "lan", "to": "dmz" })";
    rules.more = R"(, "vrfs": { "office": { "table": 1100 } })";
    lab.lead_main({{*Prefix::parse("172.20.1.0/24"), std::nullopt, "office", 1}});
    lab.forget();
    lab.apply(saying(document_of(rules), "dmz", R"("vrf": "office")"));
  }

  std::string asks(const char* machine, uint16_t port) {
    return from_lan(Ip4{.src = kInside, .dst = machine} / Udp{.sport = 4000, .dport = port}).what;
  }
  std::string gre(const char* machine) {
    return from_lan(Ip4{.src = kInside, .dst = machine} / Gre{0x6558}).what;
  }
};
ON_BOTH_HOOKS(TunnelsInVrf);

TEST_P(TunnelsInVrf, NobodyElseSpeaksAsTheirEnds) {
  use_tunnels("office");
  EXPECT_EQ(asks(kDmz, kVxlanOfOne), "dropped: INTO_TUNNEL");
  EXPECT_EQ(asks(kDmz, kVxlanOfOne + 1), "forwarded");
  EXPECT_EQ(gre("172.20.1.3"), "dropped: INTO_TUNNEL");
  EXPECT_EQ(gre(kDmz), "forwarded") << "that one's tunnel is a VXLAN";
}

TEST_P(TunnelsInVrf, OfAnotherVrfAreOthers) {
  use_tunnels("house");
  EXPECT_EQ(asks(kDmz, kVxlanOfOne), "forwarded");
  EXPECT_EQ(gre("172.20.1.3"), "forwarded");
}

TEST_P(TunnelsInVrf, WhatComesByThemGoesToTheGateway) {
  use_tunnels("office");
  EXPECT_EQ(
      from(At::kDmz, Ip4{.src = kDmz, .dst = kEndInDmz} / Udp{.sport = kVxlanOfOne, .dport = kVxlanOfOne})
          .what,
      "to host");
  EXPECT_EQ(from(At::kDmz, Ip4{.src = "172.20.1.3", .dst = kEndInDmz} / Gre{0x6558}).what, "to host");
  EXPECT_EQ(from(At::kDmz, Ip4{.src = kDmz, .dst = kEndInDmz} / Udp{.sport = kVxlanOfOne, .dport = 53}).what,
            "dropped: INTO_TUNNEL")
      << "the answer would be a frame for the remote";
}

}   // namespace
}   // namespace sluice::test
