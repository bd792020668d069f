// SPDX-License-Identifier: GPL-2.0-or-later
// Which engine a document gets on a machine that refuses one, the other, or both.
#include <gtest/gtest.h>

#include "plan/choose_engine.hpp"

namespace sluice {
namespace {

constexpr const char* kNoBpf = "create a BPF map: Operation not permitted: a seccomp filter forbids it";
constexpr const char* kNoNft = "dry run of a table with a chain: Operation not supported";

Document asking_for(EngineChoice choice) {
  Document document;
  document.engine = choice;
  return document;
}

TEST(ChooseEngine, AutoTakesEbpfWhereItRuns) {
  for (const auto& refused : {std::optional<std::string>(), std::optional<std::string>(kNoNft)}) {
    const auto chosen = choose_engine(asking_for(EngineChoice::kAuto), {std::nullopt, refused});
    ASSERT_TRUE(chosen);
    EXPECT_EQ(chosen->kind, EngineKind::kEbpf);
    EXPECT_EQ(chosen->note, "");
  }
}

TEST(ChooseEngine, AutoTakesNftablesAndSaysWhy) {
  const auto chosen = choose_engine(asking_for(EngineChoice::kAuto), {kNoBpf, std::nullopt});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->kind, EngineKind::kNftables);
  EXPECT_EQ(chosen->note,
            std::string("engine: nftables, because eBPF cannot run on this machine: ") + kNoBpf);
}

TEST(ChooseEngine, WhereNothingRunsBothReasonsAreTold) {
  const auto chosen = choose_engine(asking_for(EngineChoice::kAuto), {kNoBpf, kNoNft});
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().message,
            std::string("no engine can run on this machine; ebpf: ") + kNoBpf + "; nftables: " + kNoNft);
}

TEST(ChooseEngine, WhatIsNamedIsTakenOrRefused) {
  const EngineFindings no_ebpf{kNoBpf, std::nullopt}, no_nft{std::nullopt, kNoNft};
  EXPECT_EQ(choose_engine(asking_for(EngineChoice::kEbpf), no_nft)->kind, EngineKind::kEbpf);
  EXPECT_EQ(choose_engine(asking_for(EngineChoice::kNftables), no_ebpf)->kind, EngineKind::kNftables);
  const auto ebpf = choose_engine(asking_for(EngineChoice::kEbpf), no_ebpf);
  ASSERT_FALSE(ebpf);
  EXPECT_EQ(
      ebpf.error().message,
      std::string("the document asks for the ebpf engine, which cannot run on this machine: ") + kNoBpf);
  EXPECT_FALSE(choose_engine(asking_for(EngineChoice::kNftables), no_nft));
}

TEST(ChooseEngine, AKernelThatAsksNoTablesCarriesVrfsByNftables) {
  Document with_vrfs = asking_for(EngineChoice::kAuto);
  with_vrfs.vrfs.push_back({.name = "office", .table = 1100, .routes = {}});
  EngineFindings old_kernel;
  old_kernel.vrfs_refused = "no tables";
  EXPECT_EQ(choose_engine(asking_for(EngineChoice::kAuto), old_kernel)->kind, EngineKind::kEbpf);
  EXPECT_EQ(choose_engine(with_vrfs, old_kernel)->kind, EngineKind::kNftables);
  with_vrfs.engine = EngineChoice::kEbpf;
  const auto named = choose_engine(with_vrfs, old_kernel);
  ASSERT_FALSE(named);
  EXPECT_EQ(named.error().message,
            "the document asks for the ebpf engine, which cannot run on this machine: no tables");
}

}   // namespace
}   // namespace sluice
