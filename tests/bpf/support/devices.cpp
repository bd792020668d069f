// SPDX-License-Identifier: GPL-2.0-or-later
#include "devices.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "../../support/netlink_messages.hpp"
#include "base/unique_fd.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/sysctl/sysctl.hpp"
#include "model/address.hpp"

namespace sluice::test {
namespace {

std::vector<uint8_t> address_bytes(const IpAddress& address) {
  const auto& all = address.bytes();
  return {all.begin() + (address.is_ipv4() ? 12 : 0), all.end()};
}

uint8_t family_of(const IpAddress& address) { return address.is_ipv4() ? AF_INET : AF_INET6; }

Result<> change(NlRequest request) { return TRY(RtnlSocket::open()).send(std::move(request)); }

Result<> silence(const std::string& peer) {
  TRY(write_sysctl("net/ipv6/conf/" + peer + "/disable_ipv6", "1"));
  return write_sysctl("net/ipv4/conf/" + peer + "/arp_ignore", "8");
}

Result<> bring_up(const std::string& name) {
  auto rtnl = TRY(RtnlSocket::open());
  return set_link_up(rtnl, name, if_nametoindex(name.c_str()));
}

}   // namespace

// The mount goes where the machine has its own: nothing else is hidden by it, wherever the sources are.
Result<std::string> leave_the_machine() {
  if (unshare(CLONE_NEWNET | CLONE_NEWNS)) return fail_errno("make a network and a mount namespace", errno);
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr))
    return fail_errno("make mounts private", errno);
  const std::string pins = "/sys/fs/bpf";
  if (mount("bpf", pins.c_str(), "bpf", 0, nullptr)) return fail_errno("mount a BPF file system", errno);
  return pins + "/sluice";
}

Result<uint32_t> make_device(const std::string& name) {
  const std::string peer = name + "-peer";
  TRY(change(veth_pair_request(name, peer)));
  TRY(silence(peer));
  TRY(bring_up(peer));
  TRY(bring_up(name));
  return if_nametoindex(name.c_str());
}

Result<> set_mtu(const std::string& name, uint32_t mtu) {
  const ifinfomsg device{.ifi_index = static_cast<int>(if_nametoindex(name.c_str()))};
  return change(NlRequest(RTM_NEWLINK, 0, "set the MTU of " + name).header(device).u32(IFLA_MTU, mtu));
}

Result<> add_neighbour(const std::string& device, const std::string& address, const Mac& mac) {
  const IpAddress ip = IpAddress::parse(address).value();
  const ndmsg neighbour{.ndm_family = family_of(ip),
                        .ndm_ifindex = static_cast<int>(if_nametoindex(device.c_str())),
                        .ndm_state = NUD_PERMANENT};
  return change(NlRequest(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, "add neighbour " + address)
                    .header(neighbour)
                    .bytes(NDA_DST, address_bytes(ip))
                    .bytes(NDA_LLADDR, mac));
}

Result<> add_route(const std::string& prefix, const std::string& via, const std::string& device) {
  const Prefix to = Prefix::parse(prefix).value();
  const rtmsg route{.rtm_family = family_of(to.address),
                    .rtm_dst_len = to.length,
                    .rtm_table = RT_TABLE_MAIN,
                    .rtm_protocol = RTPROT_STATIC,
                    .rtm_scope = static_cast<uint8_t>(via.empty() ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE),
                    .rtm_type = RTN_UNICAST};
  NlRequest request = NlRequest(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, "add a route to " + prefix)
                          .header(route)
                          .bytes(RTA_DST, address_bytes(to.address))
                          .u32(RTA_OIF, if_nametoindex(device.c_str()));
  if (!via.empty()) std::move(request).bytes(RTA_GATEWAY, address_bytes(IpAddress::parse(via).value()));
  return change(std::move(request));
}

Result<> open_for_xdp(uint32_t index) {
  const bpf_insn pass_all[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
                               {.code = BPF_JMP | BPF_EXIT}};
  const UniqueFd program(bpf_prog_load(BPF_PROG_TYPE_XDP, "pass_all", "GPL", pass_all, 2, nullptr));
  if (!program) return fail_errno("load an XDP program that passes all", errno);
  const int rc = bpf_xdp_attach(static_cast<int>(index), program.get(), XDP_FLAGS_DRV_MODE, nullptr);
  return rc ? fail_errno("attach an XDP program that passes all", -rc) : Result<>{};
}

}   // namespace sluice::test
