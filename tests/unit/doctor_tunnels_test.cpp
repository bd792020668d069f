// SPDX-License-Identifier: GPL-2.0-or-later
// What the doctor says of who carries tunnels.
#include <gtest/gtest.h>

#include "doctor/tunnels.hpp"

namespace sluice {
namespace {

const ProbeRow kTunnelsInKernel{
    "wireguard-devices", ProbeState::kGood, "the kernel makes WireGuard devices", "", "", ""};
const ProbeRow kNoTunnelsInKernel{
    "wireguard-devices",   ProbeState::kWarning,        "the kernel makes no WireGuard devices",
    "Unknown device type", "load the module wireguard", "documents can be applied"};
const ProbeRow kTunnelProgram{"wireguard-go", ProbeState::kGood, "wireguard-go is installed", "", "", ""};
const ProbeRow kNoTunnelProgram{"wireguard-go",
                                ProbeState::kWarning,
                                "wireguard-go is not installed",
                                "",
                                "install the package wireguard-go",
                                ""};

ProbeRow judged(const ProbeRow& kernel, const ProbeRow& userspace,
                WireguardBackend asked = WireguardBackend::kAuto) {
  return judge_tunnels({kernel, userspace}, asked);
}

TEST(DoctorOfTunnels, TheKernelComesFirst) {
  const ProbeRow row = judged(kTunnelsInKernel, kTunnelProgram);
  EXPECT_EQ(row.name, "wireguard");
  EXPECT_EQ(row.state, ProbeState::kGood);
  EXPECT_EQ(row.finding, "the kernel carries tunnels");
  EXPECT_EQ(row.remedy, "");
  EXPECT_EQ(judged(kTunnelsInKernel, kNoTunnelProgram).finding, row.finding);
}

TEST(DoctorOfTunnels, TheProgramDoesWhereTheKernelCannotWhichCosts) {
  const ProbeRow row = judged(kNoTunnelsInKernel, kTunnelProgram);
  EXPECT_EQ(row.state, ProbeState::kWarning);
  EXPECT_EQ(row.finding, "wireguard-go carries tunnels: the kernel makes no WireGuard devices");
  EXPECT_EQ(row.reason, "Unknown device type");
  EXPECT_EQ(row.remedy, "load the module wireguard");
  EXPECT_EQ(row.gain, "tunnels carry more with less work");
}

TEST(DoctorOfTunnels, WhereNeitherCanBothRemediesAreTold) {
  const ProbeRow row = judged(kNoTunnelsInKernel, kNoTunnelProgram);
  EXPECT_EQ(row.state, ProbeState::kWarning);
  EXPECT_EQ(row.finding, "the kernel makes no WireGuard devices, and wireguard-go is not installed");
  EXPECT_EQ(row.reason, "Unknown device type");
  EXPECT_EQ(row.remedy, "load the module wireguard; or install the package wireguard-go");
  EXPECT_EQ(row.gain, "documents with networks can be applied");
}

TEST(DoctorOfTunnels, TheDocumentMayInsist) {
  EXPECT_EQ(judged(kTunnelsInKernel, kTunnelProgram, WireguardBackend::kUserspace).finding,
            "wireguard-go carries tunnels, as the document says");
  EXPECT_EQ(judged(kTunnelsInKernel, kTunnelProgram, WireguardBackend::kKernel).finding,
            "the kernel carries tunnels, as the document says");
  const ProbeRow row = judged(kTunnelsInKernel, kNoTunnelProgram, WireguardBackend::kUserspace);
  EXPECT_EQ(row.state, ProbeState::kWarning);
  EXPECT_EQ(row.finding, "wireguard-go is not installed, and the document wants no other");
  EXPECT_EQ(row.remedy, "install the package wireguard-go");
}

}   // namespace
}   // namespace sluice
