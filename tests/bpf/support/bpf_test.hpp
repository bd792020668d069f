// SPDX-License-Identifier: GPL-2.0-or-later
// What the suites share: the lab with the home document in force and no flows, and a check of all state at
// the end.
#pragma once

#include <gtest/gtest.h>

#include "documents.hpp"
#include "lab.hpp"
#include "state.hpp"

namespace sluice::test {

inline std::string hook_name(Hook hook) { return hook == Hook::kXdp ? "xdp" : "tc"; }
inline std::string name_of_hook(const testing::TestParamInfo<Hook>& info) { return hook_name(info.param); }

class LabTest : public testing::Test {
 protected:
  LabTest() {
    use(home_rules());
    lab.forgive_errors();
  }
  void TearDown() override { EXPECT_EQ(state_flaws(lab), ""); }

  void use(const Rules& rules) {
    lab.forget();
    lab.apply(document_of(rules));
  }

  Lab& lab = Lab::get();
};

// Once per hook. With XDP a packet goes through tc as well where XDP hands it on, so the outcomes are the
// same.
class HookTest : public LabTest, public testing::WithParamInterface<Hook> {
 protected:
  Outcome from(At device, const Layers& layers, Metadata beside = {}) {
    return lab.arrive(GetParam(), device, layers, beside);
  }
  // An IP packet as it is, from a neighbour.
  Outcome from(At device, const Bytes& packet) {
    const uint16_t type = packet[0] >> 4 == 4 ? 0x0800 : 0x86dd;
    return from(device,
                Layers{Eth{.dst = lab.mac(device), .src = neighbour_mac(device, 2), .type = type}, packet});
  }
  Outcome from_lan(const Layers& layers) { return from(At::kLan, layers); }
  Outcome from_wan(const Layers& layers) { return from(At::kWan, layers); }
};

// What most packets of the tests are between.
inline constexpr auto kInside = "192.168.10.2", kSecond = "192.168.10.3", kMail = "192.168.10.5",
                      kWanAddress = "203.0.113.1", kOutside = "203.0.113.9", kFar = "198.51.100.7",
                      kMailOutside = "203.0.113.5", kLanAddress = "192.168.10.1", kDmz = "172.20.1.2";
inline constexpr auto kInside6 = "2001:db8:10::2", kFar6 = "2001:db8:99::7", kWanAddress6 = "2001:db8:f::1",
                      kDmz6 = "2001:db8:20::2", kLanAddress6 = "2001:db8:10::1";

#define ON_BOTH_HOOKS(suite) \
  INSTANTIATE_TEST_SUITE_P(Hooks, suite, testing::Values(Hook::kTcIngress, Hook::kXdp), name_of_hook)

}   // namespace sluice::test
