// SPDX-License-Identifier: GPL-2.0-or-later
// The clock, frequencies of CPUs, interrupts of cards.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "../support/state_directory.hpp"
#include "doctor/pace.hpp"

namespace sluice {
namespace {

namespace fs = std::filesystem;

void put(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text << '\n';
}

using DoctorGovernors = test::StateDirectoryTest;
using DoctorInterrupts = test::StateDirectoryTest;

TEST(DoctorClock, OneThatNobodyKeepsIsAWarningWithARemedy) {
  EXPECT_EQ(judge_clock(true).state, ProbeState::kGood);
  const ProbeRow row = judge_clock(false);
  EXPECT_EQ(row.state, ProbeState::kWarning);
  EXPECT_NE(row.remedy.find("chrony"), std::string::npos);
}

TEST_F(DoctorGovernors, AreCountedAndThoseThatStaySlowAreAWarning) {
  const fs::path cpus = dir_ / "devices/system/cpu";
  EXPECT_TRUE(cpu_governors(dir_).empty());
  for (const char* cpu : {"cpu0", "cpu1"}) {
    put(cpus / cpu / "cpufreq/scaling_governor", "powersave");
    put(cpus / cpu / "cpufreq/scaling_driver", "intel_pstate");
  }
  const auto quick = cpu_governors(dir_);
  EXPECT_EQ(quick, (std::map<std::string, size_t>{{"intel_pstate powersave", 2}}));
  EXPECT_EQ(judge_governors(quick).state, ProbeState::kGood) << "this driver is quick all the same";
  put(cpus / "cpu1/cpufreq/scaling_driver", "acpi-cpufreq");
  EXPECT_EQ(judge_governors(cpu_governors(dir_)).state, ProbeState::kWarning);
}

TEST_F(DoctorInterrupts, OfOneCpuAlone) {
  const fs::path sys = dir_ / "sys", proc = dir_ / "proc";
  EXPECT_FALSE(interrupts_of("eth0", sys, proc)) << "such as veth";
  for (const char* number : {"40", "41"}) {
    put(sys / "class/net/eth0/device/msi_irqs" / number, "msix");
    put(proc / "irq" / number / "effective_affinity_list", "1");
  }
  std::map<std::string, CardInterrupts> cards = {{"eth0", interrupts_of("eth0", sys, proc).value()}};
  EXPECT_EQ(judge_interrupts(cards, 2)->state, ProbeState::kWarning);
  EXPECT_FALSE(judge_interrupts(cards, 1)) << "there is no other";
  put(proc / "irq/41/effective_affinity_list", "0,2-3");
  cards = {{"eth0", interrupts_of("eth0", sys, proc).value()}};
  EXPECT_EQ(cards["eth0"].cpus, (std::set<uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(judge_interrupts(cards, 4)->state, ProbeState::kGood);
  put(proc / "irq/41/effective_affinity_list", "nonsense,7-,99999999999");
  EXPECT_EQ(interrupts_of("eth0", sys, proc)->cpus, (std::set<uint32_t>{1}));
}

}   // namespace
}   // namespace sluice
