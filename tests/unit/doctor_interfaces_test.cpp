// SPDX-License-Identifier: GPL-2.0-or-later
// What the doctor says about one interface.
#include <gtest/gtest.h>

#include "doctor/interfaces.hpp"

namespace sluice {
namespace {

using nlohmann::json;

class DoctorTest : public testing::Test {
 protected:
  DoctorTest() {
    document.interfaces = {{"wan", "internet", {}, HookChoice::kAuto}};
    observed.links["wan"].name = "wan";
  }

  json examine(std::string_view engine, const char* hook) const {
    const InterfaceDoctor doctor{document, observed, engine, ebpf, nics};
    return doctor.examine({{"name", "wan"}, {"hook", hook}, {"hook_reason", "because"}});
  }

  Document document;
  Observed observed;
  EbpfVerdict ebpf;
  std::map<std::string, NicSettings> nics;
};

json attempt(const char* what, const char* result, json why) {
  return {{"what", what}, {"result", result}, {"why", std::move(why)}};
}

TEST_F(DoctorTest, XdpNeedsNoAdvice) {
  const json row = examine("ebpf", "xdp");
  EXPECT_EQ(row["tried"], json::array({attempt("xdp", "in use", nullptr)}));
  EXPECT_EQ(row["remedy"], "");
}

TEST_F(DoctorTest, TheDriversRefusalIsTold) {
  observed.engine.xdp_refused["wan"] = "its driver has no native XDP";
  const json row = examine("ebpf", "tc");
  EXPECT_EQ(row["tried"], json::array({attempt("xdp", "refused", "its driver has no native XDP"),
                                       attempt("tc", "in use", nullptr)}));
  EXPECT_NE(row["remedy"], "");
  EXPECT_EQ(row["gain"], "less work for each packet");
}

TEST_F(DoctorTest, ADeviceThatIsBetterOffAtTcSaysSo) {
  observed.links["wan"].kind = "veth";
  const json row = examine("ebpf", "tc");
  EXPECT_EQ(row["tried"][0]["result"], "not tried");
  EXPECT_NE(row["tried"][0]["why"].get<std::string>().find("segmentation offload"), std::string::npos);
}

TEST_F(DoctorTest, TcByTheDocumentIsAdvisedAgainstWhereXdpWouldDo) {
  document.interfaces[0].hook = HookChoice::kTc;
  EXPECT_EQ(examine("ebpf", "tc")["remedy"], "take \"hook\": \"tc\" out of the document");
  observed.links["wan"].kind = "veth";
  EXPECT_EQ(examine("ebpf", "tc")["remedy"], "");
}

TEST_F(DoctorTest, NftablesTellsWhyEbpfWasRefused) {
  ebpf = {"create a BPF map: Operation not permitted", "give it CAP_BPF", "eBPF carries the traffic"};
  const json row = examine("nftables", "none");
  EXPECT_EQ(row["tried"],
            json::array({attempt("ebpf", "refused", "create a BPF map: Operation not permitted"),
                         attempt("nftables", "in use", nullptr)}));
  EXPECT_EQ(row["remedy"], "give it CAP_BPF");
  EXPECT_EQ(row["gain"], "eBPF carries the traffic");
}

TEST_F(DoctorTest, NftablesByTheDocumentTellsThatEbpfCould) {
  document.engine = EngineChoice::kNftables;
  EXPECT_EQ(examine("nftables", "none")["remedy"],
            "write \"engine\": \"auto\": eBPF can run on this machine");
}

TEST_F(DoctorTest, AMissingDeviceHasNothingTried) {
  observed.links.clear();
  const json row = examine("ebpf", "none");
  EXPECT_EQ(row["tried"], json::array());
  EXPECT_EQ(row["remedy"], "create the device, or take it out of the document");
}

TEST_F(DoctorTest, SettingsOfTheNicAreToldBesideXdpInUse) {
  nics["wan"] = {.driver = "virtio_net", .channels = 2, .max_channels = 2, .cpus = 2};
  const json row = examine("ebpf", "xdp");
  ASSERT_EQ(row["settings"].size(), 1u);
  EXPECT_EQ(row["settings"][0]["setting"], "queues");
  EXPECT_NE(row["settings"][0]["remedy"], "");
}

TEST_F(DoctorTest, SettingsThatStandInTheWayComeBeforeAnotherTry) {
  observed.engine.xdp_refused["wan"] = "its driver says \"MTU too large\"";
  observed.links["wan"].mtu = 9000;
  const json row = examine("ebpf", "tc");
  EXPECT_EQ(row["settings"][0]["setting"], "mtu");
  EXPECT_EQ(row["remedy"], "");
}

TEST_F(DoctorTest, TcByTheDocumentIsNotAdvisedAgainstWhereXdpWouldBeRefused) {
  document.interfaces[0].hook = HookChoice::kTc;
  nics["wan"] = {.driver = "virtio_net", .rx_checksum = {true, false}};
  const json row = examine("ebpf", "tc");
  EXPECT_EQ(row["settings"][0]["setting"], "offloads");
  EXPECT_EQ(row["remedy"], "");
}

}   // namespace
}   // namespace sluice
