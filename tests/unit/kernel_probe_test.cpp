// SPDX-License-Identifier: GPL-2.0-or-later
// What a probe answers as one sentence, and that every refusal says what can be changed.
#include <gtest/gtest.h>

#include "kernel/bpf/probe.hpp"
#include "kernel/nft/probe.hpp"

namespace sluice {
namespace {

ProbeRow row(ProbeState state, const char* finding, const char* reason) {
  return {"name", state, finding, reason, "", ""};
}

TEST(Probe, TheFirstRefusalIsTheCause) {
  const std::vector<ProbeRow> rows{row(ProbeState::kGood, "fine", ""),
                                   row(ProbeState::kWarning, "slow", "because"),
                                   row(ProbeState::kBad, "create a BPF map", "CAP_BPF is missing"),
                                   row(ProbeState::kBad, "load the programs", "CAP_BPF is missing")};
  EXPECT_FALSE(Probe{rows}.usable());
  EXPECT_EQ(Probe{rows}.refusal(), "create a BPF map: CAP_BPF is missing");
}

TEST(Probe, WarningsRefuseNothing) {
  const std::vector<ProbeRow> rows{row(ProbeState::kWarning, "slow", "because")};
  EXPECT_TRUE(Probe{rows}.usable());
  EXPECT_EQ(Probe{rows}.refusal(), "");
}

TEST(Probe, WithoutABpfFileSystemTheProgramsAreNotLoaded) {
  const Probe quick = probe_ebpf("/proc/sluice", ProbeDepth::kUntilRefused);
  const Probe whole = probe_ebpf("/proc/sluice", ProbeDepth::kAll);
  EXPECT_FALSE(quick.usable());
  EXPECT_LT(quick.rows.size(), whole.rows.size());
  EXPECT_EQ(quick.refusal(), whole.refusal());
}

TEST(Probe, EveryRefusalSaysWhatCanBeChanged) {
  std::vector<ProbeRow> rows = probe_ebpf("/proc/sluice", ProbeDepth::kAll).rows;
  for (ProbeRow& nft : probe_nft().rows) rows.push_back(std::move(nft));
  for (const ProbeRow& one : rows) {
    EXPECT_NE(one.finding, "") << one.name;
    if (one.state == ProbeState::kGood) continue;
    EXPECT_NE(one.remedy, "") << one.name;
    EXPECT_NE(one.gain, "") << one.name;
  }
}

}   // namespace
}   // namespace sluice
