// SPDX-License-Identifier: GPL-2.0-or-later
// Devices of VRFs: which steps a document costs where the kernel makes them, and what nftables asks then.
#include <fmt/format.h>

#include "compile_nft_fixture.hpp"
#include "plan/parts.hpp"

namespace sluice::test {
namespace {

// Devices 2 (wan) and 3 (lan); lan is in the VRF.
std::string office(uint16_t table, std::string_view vrf = "net") {
  return fmt::format(R"({{"version": 1, "interfaces": {{
    "wan": {{"zone": "internet", "addresses": ["203.0.113.1/24"]}},
    "lan": {{"zone": "office", "vrf": "{0}", "addresses": ["10.0.0.1/24"]}}}},
    "vrfs": {{"{0}": {{"table": {1}}}}}}})",
                     vrf, table);
}

struct VrfDevices : testing::Test {
  VrfDevices() { seen.findings.vrf_devices = true; }

  Plan planned(const std::string& document) const { return make_plan(parsed(document), seen).value(); }

  // Steps about devices only.
  Texts applied(const std::string& document) {
    const Plan plan = planned(document);
    carry_out(seen, plan);
    Texts steps;
    for (const Step& step : plan.steps)
      if (std::holds_alternative<step::MakeLink>(step) || std::holds_alternative<step::RemoveLink>(step) ||
          std::holds_alternative<step::SetMaster>(step))
        steps.push_back(sentence(step));
    return steps;
  }

  Observed seen = fresh_machine();
};

TEST_F(VrfDevices, AreMadeBeforeAddressesAndRoutes) {
  const Texts steps = sentences_of(planned(office(7)));
  const auto in = std::ranges::find(steps, "put lan into net");
  ASSERT_NE(in, steps.end());
  EXPECT_LT(std::ranges::find(steps, "make VRF net with table 7"), in);
  EXPECT_LT(in, std::ranges::find(steps, "add address 10.0.0.1/24 to lan"));
  carry_out(seen, planned(office(7)));
  EXPECT_TRUE(planned(office(7)).empty());
}

TEST_F(VrfDevices, AreNotMadeWhereTheKernelMakesNone) {
  seen.findings.vrf_devices = false;
  EXPECT_EQ(applied(office(7)), Texts{});
}

TEST_F(VrfDevices, RoutesThatTheKernelTakesAwayAreLaidAgain) {
  seen.findings.vrf_devices = false;
  applied(office(7));
  const auto routes = seen.routing.routes;
  seen.findings.vrf_devices = true;
  EXPECT_EQ(applied(office(7)), (Texts{"make VRF net with table 7", "put lan into net"}));
  EXPECT_EQ(seen.routing.routes, routes);
}

TEST_F(VrfDevices, AnotherTableIsAnotherDevice) {
  applied(office(7));
  EXPECT_EQ(applied(office(8)), (Texts{"take lan out of net", "remove VRF net with table 7",
                                       "make VRF net with table 8", "put lan into net"}));
  EXPECT_TRUE(planned(office(8)).empty());
}

TEST_F(VrfDevices, AnInterfaceGoesFromOneToTheOther) {
  applied(office(7));
  EXPECT_EQ(applied(office(8, "other")),
            (Texts{"make VRF other with table 8", "put lan into other", "remove VRF net with table 7"}));
}

TEST_F(VrfDevices, WhatLeavesTheDocumentIsLetGoAndRemoved) {
  applied(office(7));
  EXPECT_EQ(applied(std::string(kHome)), (Texts{"take lan out of net", "remove VRF net with table 7"}));
}

TEST_F(VrfDevices, OneThatSomebodyMadeWithThatTableIsUsed) {
  add_link(seen, "net", 9, "vrf");
  seen.links["net"].parameters = VrfLink{7};
  EXPECT_EQ(applied(office(7)), Texts{"put lan into net"});
  EXPECT_EQ(applied(std::string(kHome)), Texts{"take lan out of net"});
}

TEST_F(VrfDevices, WhereTheNameIsTakenRulesDoIt) {
  add_link(seen, "net", 9, "dummy");
  const Plan plan = planned(office(7));
  EXPECT_EQ(plan.notes.back(),
            "VRF \"net\" works by rules alone: a device of this name is there that sluice did not make");
  EXPECT_EQ(applied(office(7)), Texts{});
}

TEST_F(VrfDevices, WhatBelongsToSomethingElseStaysThere) {
  add_link(seen, "team", 9, "bond");
  seen.links["lan"].master = "team";
  EXPECT_EQ(planned(office(7)).notes.back(), "lan is in VRF \"net\" by rules alone: it belongs to \"team\"");
  EXPECT_EQ(applied(office(7)), Texts{"make VRF net with table 7"});
}

// Behind prerouting the kernel shows the VRF's device as the one that a packet came in by.
TEST_F(VrfDevices, NftablesAsksForTheInterfaceBelow) {
  const Table table = table_of(office(7), seen);
  EXPECT_EQ(table.chain("forward").front(), "iifkind vrf goto forward/slaves");
  EXPECT_EQ(table.chain("input").front(), "iifkind vrf goto input/slaves");
  for (const char* chain : {"forward/slaves", "passed/slaves", "input/slaves", "reached_host/slaves"}) {
    EXPECT_TRUE(holds(table.chain(chain), "sdif")) << chain;
    EXPECT_FALSE(holds(table.chain(chain), "iif ")) << chain;
  }
  EXPECT_TRUE(holds(table.chain("forward/slaves"), "goto passed/slaves"));
  EXPECT_EQ(table.chain("vrf_of_packet").front(), "iifkind vrf accept");
  EXPECT_EQ(table.chain("vrf_of_own_packet").front(), "oifkind vrf notrack accept");
}

TEST_F(VrfDevices, NftablesAsksNothingMoreWithoutThem) {
  for (const bool vrf_devices : {true, false}) {
    seen.findings.vrf_devices = vrf_devices;
    const Table table = table_of(vrf_devices ? house("") : office(7), seen);
    EXPECT_FALSE(table.has_chain("forward/slaves"));
    EXPECT_FALSE(holds(table.chain("forward"), "iifkind"));
  }
}

}   // namespace
}   // namespace sluice::test
