// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/nic.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/bpf/attach_xdp.hpp"

namespace sluice {
namespace {

constexpr uint32_t kMtuOfOnePage =
    3498;   // ena's, the smallest bound of a driver that gives XDP a page per frame
constexpr std::string_view kVirtio = "virtio_net", kEna = "ena";
constexpr std::string_view kXdpAtAll = "XDP, with less work for each packet";

// A refusal is remembered until the daemon ends.
std::string and_try_again(const std::string& command) {
  return command + ", then restart sluiced, which tries XDP anew";
}

// Queues. virtio-net: while no program is attached, virtnet_xdp_set() looks whether there is room for one
// more queue for each CPU. Those count as channels from then on, and virtnet_xdp_get_sq() takes more channels
// than CPUs for their being there.

bool xdp_has_own_queues(const NicSettings& nic, bool attached) {
  return attached ? nic.channels > nic.cpus : nic.channels + nic.cpus <= nic.max_channels;
}

// virtnet_set_channels() refuses while a program is attached, and a running daemon would put it back.
std::string fewer_channels(const std::string& device, uint32_t count, bool attached) {
  std::string command = fmt::format("`ethtool -L {} combined {}`", device, count);
  if (!attached) return command;
  return fmt::format("stop sluiced (tc goes on), `ip link set {} xdp off`, {}, start sluiced", device,
                     command);
}

std::string more_queues(uint32_t cpus) {
  return fmt::format(
      "give the NIC {0} queues in the hypervisor (qemu: `queues={0}` on the netdev, `mq=on,vectors={1}` on "
      "the "
      "device; libvirt: `<driver queues='{0}'/>`)",
      2 * cpus, 4 * cpus + 2);
}

std::string queues_remedy(const std::string& device, const NicSettings& nic, bool attached) {
  if (nic.max_channels <= nic.cpus) return more_queues(nic.cpus);
  const uint32_t left = nic.max_channels - nic.cpus;
  return fmt::format("{}; to receive on more than {} as well, {}", fewer_channels(device, left, attached),
                     left, more_queues(nic.cpus));
}

void judge_virtio_queues(const std::string& device, const NicSettings& nic, bool attached,
                         NicFindings& findings) {
  if (nic.driver != kVirtio || nic.cpus <= 1 || nic.max_channels == 0) return;
  if (xdp_has_own_queues(nic, attached)) return;
  findings.push_back(
      {"queues",
       fmt::format("virtio-net has {} queue pair{} for {} CPUs and uses {}: there is no room for one "
                   "more per CPU, so that CPUs that send by XDP share queues under a lock",
                   nic.max_channels, nic.max_channels == 1 ? "" : "s", nic.cpus, nic.channels),
       queues_remedy(device, nic, attached), "each CPU sends by XDP without a lock"});
}

// ena keeps the other half for what XDP sends.
uint32_t max_beside_xdp(const NicSettings& nic) {
  return nic.driver == kEna ? nic.max_channels / 2 : nic.max_channels;
}

// What other drivers do with fewer queues than CPUs differs; what is certain is said.
void judge_channels(const std::string& device, const NicSettings& nic, NicFindings& findings) {
  const uint32_t wanted = std::min(nic.cpus, max_beside_xdp(nic));
  if (nic.driver == kVirtio || nic.channels == 0 || nic.channels >= wanted) return;
  findings.push_back({"queues",
                      fmt::format("{} uses {} of {} channels for {} CPUs: packets of some CPUs share queues",
                                  nic.driver, nic.channels, nic.max_channels, nic.cpus),
                      fmt::format("`ethtool -L {} combined {}`", device, wanted),
                      "more CPUs carry packets side by side"});
}

// virtnet_clear_guest_offloads() turns merged segments and open checksums off where the hypervisor lets it
// (VIRTIO_NET_F_CTRL_GUEST_OFFLOADS: then GRO is changeable). So packets at XDP have their checksums.
bool hypervisor_insists(const NicSettings& nic) {
  const bool can = nic.lro.changeable || nic.gro_hw.changeable;
  return nic.driver == kVirtio && !can && (nic.lro.on || nic.gro_hw.on || nic.rx_checksum.on);
}

void judge_hypervisor(const NicSettings& nic, NicFindings& findings) {
  if (!hypervisor_insists(nic)) return;
  findings.push_back(
      {"offloads",
       "the hypervisor may hand merged segments or open checksums to virtio-net, which cannot turn that off "
       "and "
       "so refuses XDP",
       "in the hypervisor, offer ctrl_guest_offloads, or switch guest_csum, guest_tso4, guest_tso6, "
       "guest_ecn, "
       "guest_ufo and, where it has them, guest_uso4 and guest_uso6 off (qemu: on the device; libvirt: "
       "`<guest "
       "csum='off' tso4='off' tso6='off' ecn='off' ufo='off'/>` in `<driver>`)",
       std::string(kXdpAtAll)});
}

// " lro off rx-gro-hw off": those that are on and can be turned off.
std::string offloads_to_turn_off(const NicSettings& nic) {
  std::string words;
  if (nic.lro.on && nic.lro.changeable) words += " lro off";
  if (nic.gro_hw.on && nic.gro_hw.changeable) words += " rx-gro-hw off";
  return words;
}

void judge_offloads(const std::string& device, const NicSettings& nic, NicFindings& findings) {
  const std::string off = offloads_to_turn_off(nic);
  if (nic.driver == kVirtio || off.empty()) return;
  findings.push_back({"offloads",
                      "the NIC merges segments as it receives them, with which many drivers refuse XDP",
                      and_try_again(fmt::format("`ethtool -K {}{}`", device, off)), std::string(kXdpAtAll)});
}

void judge_mtu(const ObservedLink& link, NicFindings& findings) {
  if (link.mtu <= kMtuOfOnePage) return;
  findings.push_back(
      {"mtu",
       fmt::format(
           "the MTU of {} is likely the reason: XDP wants a packet in one page, with room for {} bytes at "
           "most and less with some drivers",
           link.mtu, kMtuOfOnePage),
       and_try_again(fmt::format("`ip link set {} mtu {}`", link.name, kMtuOfOnePage)) +
           "; where larger packets are needed, write \"hook\": \"tc\"",
       std::string(kXdpAtAll)});
}

void judge_half(const std::string& device, const NicSettings& nic, NicFindings& findings) {
  if (nic.driver != kEna || nic.channels <= max_beside_xdp(nic) || nic.max_channels < 2) return;
  findings.push_back({"queues",
                      fmt::format("ena runs XDP with at most half of its {} channels, and uses {}",
                                  nic.max_channels, nic.channels),
                      and_try_again(fmt::format("`ethtool -L {} combined {}`", device, max_beside_xdp(nic))),
                      std::string(kXdpAtAll)});
}

// A frame that XDP redirects carries no note that its checksum is still open. The other end is in another
// namespace as a rule, where it cannot be seen.
void judge_checksums(const ObservedLink& link, NicFindings& findings) {
  if (link.kind != "veth") return;
  findings.push_back(
      {"checksums",
       "the other end of a veth leaves checksums open unless it is told not to, and packets that XDP "
       "forwards keep them so: their receiver drops them; and it lays VLAN tags beside frames, where XDP "
       "does "
       "not see them",
       "at the other end, in its namespace: `ethtool -K NAME tx off txvlan off tx-vlan-stag-hw-insert off`; "
       "or write \"hook\": \"tc\"",
       "TCP and UDP of the other end arrive, and frames of VLANs are theirs"});
}

// Unless it carries VLANs, where sluice does without XDP: then it is only somebody else's frames that pass
// for its own.
void judge_tags(const ObservedLink& link, const NicSettings& nic, NicFindings& findings) {
  if (!link.kind.empty() || !nic.hides_tags()) return;
  findings.push_back(
      {"tags", "the driver takes VLAN tags off before XDP sees them: frames of any VLAN count as untagged",
       fmt::format("`ethtool -K {} rxvlan off rx-vlan-stag-hw-parse off`", link.name),
       "tags that nobody has are dropped"});
}

}   // namespace

NicFindings judge_xdp_in_use(const ObservedLink& link, const NicSettings& nic) {
  NicFindings findings;
  judge_virtio_queues(link.name, nic, true, findings);
  judge_channels(link.name, nic, findings);
  judge_tags(link, nic, findings);
  judge_checksums(link, findings);
  return findings;
}

NicFindings judge_xdp_refused(const ObservedLink& link, const NicSettings& nic, std::string_view refusal) {
  NicFindings findings;
  if (refusal.starts_with(kNoNativeXdp) && nic.driver != kVirtio) return findings;
  judge_hypervisor(nic, findings);
  if (findings.empty()) judge_mtu(link, findings);
  judge_offloads(link.name, nic, findings);
  judge_half(link.name, nic, findings);
  judge_virtio_queues(link.name, nic, false, findings);
  return findings;
}

NicFindings judge_xdp_untried(const NicSettings& nic) {
  NicFindings findings;
  judge_hypervisor(nic, findings);
  return findings;
}

}   // namespace sluice
