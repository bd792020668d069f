// SPDX-License-Identifier: GPL-2.0-or-later
// VLANs on kernels without 802.1Q, and trunks whose tags XDP would not see.
#include <arpa/inet.h>

#include <algorithm>

#include "../support/parsed.hpp"
#include "plan/parts.hpp"
#include "plan_fixture.hpp"

namespace sluice {
namespace {

using test::add_link, test::fresh_machine, test::parsed, test::sentences_of;

Document vlans_in(const std::string& interfaces) {
  return parsed(R"({ "version": 1, "interfaces": { )" + interfaces + " } }");
}

std::vector<std::string> steps_for(const Document& document, const Observed& seen) {
  Plan plan;
  const auto done = plan_made_links(document, seen, plan);
  if (!done) return {done.error().message};
  plan_link_removals(document, seen, plan);
  return sentences_of(plan);
}

class VlanByTags : public testing::Test {
 protected:
  VlanByTags() { seen.kinds_refused["vlan"] = "the kernel makes no VLAN devices: load 8021q"; }
  // As the kernel shows the pair that was made.
  void made() {
    add_link(seen, "x", 8, "veth");
    add_link(seen, "tag.2.20", 9, "veth");
    seen.links["x"].parameters = VlanLink{"lan", 20, false, true};
    seen.links["x"].other_end = "tag.2.20";
    seen.links["x"].parent_index = seen.links["lan"].index;
    seen.owned_links["x"] = {"veth", 8};
  }
  const Document document = vlans_in(R"("lan": { "zone": "lan" },
    "x": { "vlan": { "parent": "lan", "id": 20 }, "zone": "z" })");
  Observed seen = fresh_machine();
};

TEST_F(VlanByTags, IsMadeWhereTheKernelCannot) {
  EXPECT_EQ(steps_for(document, seen),
            (std::vector<std::string>{"make VLAN 20 of lan as x by its tags", "set x up"}));
  made();
  EXPECT_EQ(steps_for(document, seen), std::vector<std::string>{});
  EXPECT_EQ(steps_for(vlans_in(R"("lan": { "zone": "lan" })"), seen),
            std::vector<std::string>{"remove VLAN 20 of lan as x by its tags"});
}

TEST_F(VlanByTags, NeedsItsParentInTheDocument) {
  EXPECT_EQ(steps_for(vlans_in(R"("x": { "vlan": { "parent": "lan", "id": 20 }, "zone": "z" })"), seen),
            std::vector<std::string>{
                "interface \"x\": the kernel makes no VLAN devices: load 8021q, or add \"lan\" to the "
                "interfaces: there sluice tags frames itself"});
}

TEST_F(VlanByTags, IsNothingForNftables) {
  Plan plan;
  plan.engine = EngineKind::kNftables;
  const auto refused = plan_made_links(document, seen, plan);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "interface \"x\": the kernel makes no VLAN devices: load 8021q, or the eBPF engine, which tags "
            "frames itself");
}

TEST_F(VlanByTags, FollowsItsParentsMtuAtBothEndsAndIsKeptUp) {
  made();
  seen.links["lan"].mtu = 1400;
  seen.links["tag.2.20"].up = false;
  EXPECT_EQ(steps_for(document, seen),
            (std::vector<std::string>{"set tag.2.20 up", "set the MTU of x from 1500 to 1400",
                                      "set the MTU of tag.2.20 from 1500 to 1400"}));
}

TEST_F(VlanByTags, ItsOtherEndGetsTheProgramToo) {
  made();
  const auto plan = make_plan(document, seen);
  ASSERT_TRUE(plan) << plan.error().message;
  const auto is_on = [](const Step& step, const std::string& link) {
    const auto* attach = std::get_if<step::AttachProgram>(&step);
    return attach && attach->link == link;
  };
  EXPECT_EQ(std::ranges::count_if(plan->steps, [&](const Step& s) { return is_on(s, "tag.2.20"); }), 1);
  EXPECT_EQ(std::ranges::count_if(plan->steps, [&](const Step& s) { return is_on(s, "x"); }), 2);
  const auto& rows = plan->rules->interfaces;
  const auto row = [&](uint32_t index) {
    return std::ranges::find(rows, index, &std::pair<uint32_t, sl_interface>::first)->second;
  };
  EXPECT_EQ(row(8).trunk, seen.links["lan"].index);
  EXPECT_TRUE(row(8).flags & SL_IF_BY_TAGS);
  EXPECT_EQ(row(9).flags, SL_IF_TAGGER);
  EXPECT_EQ(row(9).tags[0].id, htons(20));
  EXPECT_EQ(row(9).tags[1].protocol, 0);
}

TEST(OtherEnd, IsNamedByWhatItStandsFor) {
  for (const VlanLink& vlan : {VlanLink{"", 20, false}, VlanLink{"", 4094, true}}) {
    VlanLink read;
    uint32_t parent = 0;
    ASSERT_TRUE(parse_other_end_name(other_end_name(vlan, 16383), read, parent));
    EXPECT_EQ(parent, 16383u);
    EXPECT_EQ(read, vlan);
    EXPECT_LT(other_end_name(vlan, 16383).size(), 16u) << "IFNAMSIZ";
  }
}

TEST(OtherEnd, OtherNamesAreNone) {
  for (const char* name :
       {"", "tag.", "tag.3", "tag.3.", "tag.3.0", "tag.3.4095", "tag.03.2", "tag.3.2x", "tag.3.2ss",
        "tag.3.20 ", "tap.3.20", "tag..20", "tag.-3.2", "tag.3.99999999999"}) {
    VlanLink read;
    uint32_t parent = 0;
    EXPECT_FALSE(parse_other_end_name(name, read, parent)) << name;
  }
}

TEST(Trunk, WhoseDriverHidesTagsGetsNoXdp) {
  Observed seen = fresh_machine();
  seen.links["lan"].hides_tags = true;
  const auto plan = make_plan(vlans_in(R"("lan": { "zone": "lan", "hook": "xdp" })"), seen);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->degraded,
            std::vector<std::string>{"lan: tc, because its driver takes VLAN tags off before XDP sees them: "
                                     "`ethtool -K lan rxvlan off rx-vlan-stag-hw-parse off`"});
  for (const std::string& step : sentences_of(*plan)) EXPECT_EQ(step.find("XDP"), step.npos) << step;
}

}   // namespace
}   // namespace sluice
