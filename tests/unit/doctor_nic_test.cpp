// SPDX-License-Identifier: GPL-2.0-or-later
// What the doctor says of a NIC's settings.
#include <gtest/gtest.h>

#include "doctor/nic.hpp"

namespace sluice {
namespace {

ObservedLink link(uint32_t mtu = 1500, std::string kind = "") {
  return {.name = "eth0", .index = 2, .mtu = mtu, .kind = std::move(kind)};
}

NicSettings virtio(uint32_t channels, uint32_t max_channels, uint32_t cpus) {
  return {.driver = "virtio_net",
          .channels = channels,
          .max_channels = max_channels,
          .cpus = cpus,
          .gro_hw = {true, true},
          .rx_checksum = {true, false}};
}

std::string first_remedy(const NicFindings& findings) {
  return findings.empty() ? "nothing found" : findings.front().remedy;
}

std::string first_finding(const NicFindings& findings) {
  return findings.empty() ? "nothing found" : findings.front().finding;
}

std::vector<std::string_view> settings_of(const NicFindings& findings) {
  std::vector<std::string_view> names;
  for (const NicFinding& one : findings) names.push_back(one.setting);
  return names;
}
using Names = std::vector<std::string_view>;

constexpr std::string_view kRefused = "its driver says \"some words\"";
const std::string kEightQueues =
    "give the NIC 8 queues in the hypervisor (qemu: `queues=8` on the netdev, `mq=on,vectors=18` on the "
    "device; "
    "libvirt: `<driver queues='8'/>`)";

TEST(DoctorNic, VirtioThatXdpHasQueuesOfNeedsNothing) {
  EXPECT_TRUE(judge_xdp_in_use(link(), virtio(8, 8, 4)).empty());   // 4 of them are XDP's
  EXPECT_TRUE(judge_xdp_in_use(link(), virtio(6, 7, 4)).empty());   // 2 to receive, 4 of XDP
  EXPECT_TRUE(judge_xdp_in_use(link(), virtio(5, 256, 4)).empty());
}

TEST(DoctorNic, OneCpuContendsWithNobody) { EXPECT_TRUE(judge_xdp_in_use(link(), virtio(1, 1, 1)).empty()); }

TEST(DoctorNic, VirtioWithAsManyQueuesAsCpusWantsMoreOfThem) {
  const NicFindings findings = judge_xdp_in_use(link(), virtio(4, 4, 4));
  ASSERT_EQ(settings_of(findings), Names{"queues"});
  EXPECT_EQ(findings[0].finding,
            "virtio-net has 4 queue pairs for 4 CPUs and uses 4: there is no room for one more per CPU, so "
            "that CPUs "
            "that send by XDP share queues under a lock");
  EXPECT_EQ(findings[0].remedy, kEightQueues);
  EXPECT_EQ(findings[0].gain, "each CPU sends by XDP without a lock");
}

TEST(DoctorNic, VirtioWithOneQueueSaysPair) {
  EXPECT_TRUE(first_finding(judge_xdp_in_use(link(), virtio(1, 1, 2)))
                  .starts_with("virtio-net has 1 queue pair for 2 CPUs"));
}

TEST(DoctorNic, VirtioWithRoomForXdpWantsFewerChannels) {
  EXPECT_EQ(first_remedy(judge_xdp_in_use(link(), virtio(4, 6, 4))),
            "stop sluiced (tc goes on), `ip link set eth0 xdp off`, `ethtool -L eth0 combined 2`, start "
            "sluiced; to "
            "receive on more than 2 as well, " +
                kEightQueues);
}

TEST(DoctorNic, VirtioOfAnUnknownMachineIsNotJudged) {
  EXPECT_TRUE(judge_xdp_in_use(link(), virtio(4, 4, 0)).empty());
  EXPECT_TRUE(judge_xdp_in_use(link(), NicSettings{.driver = "virtio_net", .cpus = 4}).empty());
  EXPECT_TRUE(judge_xdp_in_use(link(), NicSettings{}).empty());
}

TEST(DoctorNic, BeforeXdpIsThereRoomIsCountedFromTheChannelsInUse) {
  EXPECT_TRUE(judge_xdp_refused(link(), virtio(4, 8, 4), kRefused).empty());
  const NicFindings findings = judge_xdp_refused(link(), virtio(4, 7, 4), kRefused);
  ASSERT_EQ(settings_of(findings), Names{"queues"});
  EXPECT_TRUE(
      findings[0].remedy.starts_with("`ethtool -L eth0 combined 3`; to receive on more than 3 as well, "));
}

TEST(DoctorNic, OtherDriversAreAdvisedAChannelForEachCpu) {
  const NicSettings nic{.driver = "mlx5_core", .channels = 4, .max_channels = 16, .cpus = 8};
  const NicFindings findings = judge_xdp_in_use(link(), nic);
  ASSERT_EQ(settings_of(findings), Names{"queues"});
  EXPECT_EQ(findings[0].finding,
            "mlx5_core uses 4 of 16 channels for 8 CPUs: packets of some CPUs share queues");
  EXPECT_EQ(findings[0].remedy, "`ethtool -L eth0 combined 8`");
}

TEST(DoctorNic, OtherDriversWithAllTheirChannelsInUseAreLeftAlone) {
  EXPECT_TRUE(
      judge_xdp_in_use(link(), {.driver = "igc", .channels = 4, .max_channels = 4, .cpus = 8}).empty());
  EXPECT_TRUE(
      judge_xdp_in_use(link(), {.driver = "ice", .channels = 8, .max_channels = 64, .cpus = 8}).empty());
  EXPECT_TRUE(
      judge_xdp_in_use(link(), {.driver = "ena", .channels = 4, .max_channels = 8, .cpus = 8}).empty());
}

TEST(DoctorNic, ADriverThatTakesTagsOffHidesThemFromXdp) {
  const NicFindings findings = judge_xdp_in_use(link(1500), {.driver = "e1000e", .rx_vlan = {true, true}});
  ASSERT_EQ(settings_of(findings), Names{"tags"});
  EXPECT_EQ(findings[0].remedy, "`ethtool -K eth0 rxvlan off rx-vlan-stag-hw-parse off`");
}

TEST(DoctorNic, AVethInUseTellsWhatItsOtherEndMustDo) {
  const NicFindings findings = judge_xdp_in_use(link(1500, "veth"), {.driver = "veth", .cpus = 4});
  ASSERT_EQ(settings_of(findings), Names{"checksums"});
  EXPECT_EQ(
      findings[0].finding,
      "the other end of a veth leaves checksums open unless it is told not to, and packets that XDP forwards "
      "keep them so: their receiver drops them; and it lays VLAN tags beside frames, where XDP does not see "
      "them");
  EXPECT_EQ(findings[0].remedy,
            "at the other end, in its namespace: `ethtool -K NAME tx off txvlan off tx-vlan-stag-hw-insert "
            "off`; or write \"hook\": \"tc\"");
}

TEST(DoctorNic, AHypervisorThatInsistsOnItsOffloadsIsTheReason) {
  NicSettings nic = virtio(1, 1, 1);
  nic.gro_hw.changeable = false;
  const NicFindings findings =
      judge_xdp_refused(link(9000), nic, "its driver has no native XDP; use \"hook\": \"tc\"");
  ASSERT_EQ(settings_of(findings), Names{"offloads"});
  EXPECT_EQ(findings[0].finding,
            "the hypervisor may hand merged segments or open checksums to virtio-net, which cannot turn that "
            "off and "
            "so refuses XDP");
  EXPECT_EQ(findings[0].remedy,
            "in the hypervisor, offer ctrl_guest_offloads, or switch guest_csum, guest_tso4, guest_tso6, "
            "guest_ecn, "
            "guest_ufo and, where it has them, guest_uso4 and guest_uso6 off (qemu: on the device; libvirt: "
            "`<guest "
            "csum='off' tso4='off' tso6='off' ecn='off' ufo='off'/>` in `<driver>`)");
  EXPECT_EQ(settings_of(judge_xdp_untried(nic)), Names{"offloads"});
}

TEST(DoctorNic, AHypervisorThatLetsOffloadsBeChangedIsNoReason) {
  EXPECT_TRUE(judge_xdp_untried(virtio(1, 1, 1)).empty());
  EXPECT_TRUE(judge_xdp_untried({.driver = "virtio_net"}).empty());   // and one that has none
  EXPECT_TRUE(judge_xdp_untried({.driver = "ixgbe", .lro = {true, false}}).empty());
}

TEST(DoctorNic, OffloadsThatAreOnAndChangeableAreToBeTurnedOff) {
  const auto remedy = [](Offload lro, Offload gro_hw) {
    const NicSettings nic{.driver = "mlx5_core", .lro = lro, .gro_hw = gro_hw};
    return first_remedy(judge_xdp_refused(link(), nic, kRefused));
  };
  const std::string then = "`, then restart sluiced, which tries XDP anew";
  EXPECT_EQ(remedy({true, true}, {true, true}), "`ethtool -K eth0 lro off rx-gro-hw off" + then);
  EXPECT_EQ(remedy({true, true}, {true, false}), "`ethtool -K eth0 lro off" + then);
  EXPECT_EQ(remedy({false, true}, {true, true}), "`ethtool -K eth0 rx-gro-hw off" + then);
  EXPECT_EQ(remedy({true, false}, {false, true}), "nothing found");
}

TEST(DoctorNic, AnMtuOfMoreThanAPageIsALikelyReason) {
  EXPECT_TRUE(judge_xdp_refused(link(3498), {.driver = "ixgbe"}, kRefused).empty());
  const NicFindings findings = judge_xdp_refused(link(9000), {.driver = "ixgbe"}, kRefused);
  ASSERT_EQ(settings_of(findings), Names{"mtu"});
  EXPECT_EQ(findings[0].finding,
            "the MTU of 9000 is likely the reason: XDP wants a packet in one page, with room for 3498 bytes "
            "at most "
            "and less with some drivers");
  EXPECT_EQ(
      findings[0].remedy,
      "`ip link set eth0 mtu 3498`, then restart sluiced, which tries XDP anew; where larger packets are "
      "needed, write \"hook\": \"tc\"");
}

TEST(DoctorNic, EnaGivesXdpHalfOfItsChannels) {
  const NicFindings findings =
      judge_xdp_refused(link(), {.driver = "ena", .channels = 8, .max_channels = 8, .cpus = 8}, kRefused);
  ASSERT_EQ(settings_of(findings), Names{"queues"});
  EXPECT_EQ(findings[0].finding, "ena runs XDP with at most half of its 8 channels, and uses 8");
  EXPECT_EQ(findings[0].remedy, "`ethtool -L eth0 combined 4`, then restart sluiced, which tries XDP anew");
}

TEST(DoctorNic, ADriverWithoutXdpIsHelpedByNoSetting) {
  const NicSettings nic{.driver = "e1000", .lro = {true, true}};
  EXPECT_TRUE(
      judge_xdp_refused(link(9000), nic, "its driver has no native XDP; use \"hook\": \"tc\"").empty());
}

}   // namespace
}   // namespace sluice
