// SPDX-License-Identifier: GPL-2.0-or-later
// A VRF's share of the table of mappings. That the counts are those of the mappings is checked at the end of
// every test (support/quotas.cpp).
#include <bpf/bpf.h>

#include "support/bpf_test.hpp"
#include "support/events.hpp"

namespace sluice::test {
namespace {

class MappingShare : public HookTest {
 protected:
  static constexpr uint32_t kRows = kTableSizes.mappings;

  void SetUp() override {
    lab.forget();
    lab.apply(
        office_document(R"({ "to": "0.0.0.0/0", "through": "main" }, { "to": "::/0", "through": "main" })"));
  }
  std::string main(uint16_t port) {
    return from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{.sport = port}).what;
  }
  std::string office(uint16_t port) {
    return from(At::kDmz, Ip4{.src = kDmz, .dst = kFar} / Udp{.sport = port}).what;
  }
  // As if the main VRF had so many mappings more.
  void main_has_more(int32_t count) {
    const uint32_t tenant = SL_TENANT | SL_MAIN_VRF, first = 0;
    sl_tenant row{};
    sl_hand hand{};
    ASSERT_EQ(bpf_map_lookup_elem(lab.map("tenant_flows"), &tenant, &row), 0);
    ASSERT_EQ(bpf_map_lookup_elem(lab.map("flow_hands"), &first, &hand), 0);
    row.mappings += static_cast<uint32_t>(count);
    hand.mappings += static_cast<uint32_t>(count);
    bpf_map_update_elem(lab.map("tenant_flows"), &tenant, &row, BPF_EXIST);
    bpf_map_update_elem(lab.map("flow_hands"), &first, &hand, BPF_EXIST);
  }
};
ON_BOTH_HOOKS(MappingShare);

TEST_P(MappingShare, WhoHasItGetsNoMoreOfAShortTable) {
  ASSERT_EQ(main(1000), "forwarded");
  ASSERT_EQ(office(2000), "forwarded");
  (void)take_events(lab);
  main_has_more(kRows * 3 / 4 - 2);
  EXPECT_EQ(main(1001), "dropped: MAPPINGS_FULL");
  for (uint16_t port = 2001; port < 2020; ++port) EXPECT_EQ(office(port), "forwarded") << port;
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kOutside} / Udp{.sport = 1000}).what, "forwarded")
      << "of the mapping that it has";
  const auto told = take_events(lab);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].kind, SL_EVENT_MAPPINGS_FULL);
  EXPECT_EQ(told[0].vrf, SL_MAIN_VRF);
  main_has_more(-static_cast<int32_t>(kRows * 3 / 4 - 2));
  EXPECT_EQ(main(1001), "forwarded");
}

TEST_P(MappingShare, WhatNobodyElseNeedsIsHad) {
  ASSERT_EQ(main(1000), "forwarded");
  main_has_more(kRows - 2);
  EXPECT_EQ(main(1001), "forwarded") << "the only one";
  main_has_more(-static_cast<int32_t>(kRows - 2));
  ASSERT_EQ(office(2000), "forwarded");
  main_has_more(kRows * 3 / 4 - 4);
  EXPECT_EQ(main(1002), "forwarded") << "a quarter is free";
  main_has_more(-static_cast<int32_t>(kRows * 3 / 4 - 4));
}

}   // namespace
}   // namespace sluice::test
