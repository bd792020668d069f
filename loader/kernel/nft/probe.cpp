// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/nft/probe.hpp"

#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <linux/capability.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "kernel/netlink/socket.hpp"
#include "kernel/nft/nft.hpp"
#include "kernel/privileges.hpp"
#include "kernel/sysctl/sysctl.hpp"

namespace sluice {

namespace {

using Buffer = std::array<char, 8192>;

const nlmsghdr* question(Buffer& buffer, uint8_t subsystem, uint8_t message) {
  nlmsghdr* header = mnl_nlmsg_put_header(buffer.data());
  header->nlmsg_type = static_cast<uint16_t>(subsystem << 8 | message);
  header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  auto* more = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
  more->nfgen_family = AF_UNSPEC;
  more->version = NFNETLINK_V0;
  return header;
}

}   // namespace

int ask_netfilter(uint8_t subsystem, uint8_t message) {
  const MnlSocket socket(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC));
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) return errno;
  Buffer buffer{};
  const nlmsghdr* request = question(buffer, subsystem, message);
  if (mnl_socket_sendto(socket.get(), request, request->nlmsg_len) < 0) return errno;
  const ssize_t size = mnl_socket_recvfrom(socket.get(), buffer.data(), buffer.size());
  if (size < 0) return errno;
  return mnl_cb_run(buffer.data(), static_cast<size_t>(size), 0, 0, nullptr, nullptr) < 0 ? errno : 0;
}

namespace {

constexpr std::string_view kConntrackGain = "the nftables engine can show flows, end them and take them over";

std::string remedy_for(int error) {
  if (error == EPERM) return "run as root, or give the service CAP_NET_ADMIN";
  return "use a kernel with CONFIG_NF_CT_NETLINK (module nf_conntrack_netlink), as Debian's are";
}

}   // namespace

ProbeRow probe_ctnetlink() {
  const int error = ask_netfilter(NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET_STATS);
  if (!error) return {"conntrack", ProbeState::kGood, "the connection tracker answers", "", "", ""};
  return {"conntrack",          ProbeState::kBad,  "ask the connection tracker for its flows (ctnetlink)",
          std::strerror(error), remedy_for(error), std::string(kConntrackGain)};
}

ProbeRow probe_accounting() {
  const auto setting = read_sysctl("net/netfilter/nf_conntrack_acct");
  if (setting && *setting)
    return {"conntrack-counters",
            ProbeState::kGood,
            **setting == "0" ? "flows can be counted; sluice switches it on" : "flows are counted",
            "",
            "",
            ""};
  return {"conntrack-counters",
          ProbeState::kWarning,
          "net.netfilter.nf_conntrack_acct is not there",
          "the connection tracker is not loaded, or cannot count",
          "modprobe nf_conntrack",
          "packets and bytes of each flow in `sluice show flows`"};
}

namespace {

constexpr std::string_view kNftGain = "nftables can carry the traffic where eBPF cannot run";

struct Feature {
  std::string_view what, commands;   // of the table "t"
};

// What the engine's tables are made of. Dormant: the kernel checks everything and no packet ever meets it.
constexpr std::string_view kTable = "add table inet t { flags dormant; }\n";
constexpr Feature kFeatures[] = {
    {"a table with a chain", "add chain inet t a { type filter hook forward priority 0; policy drop; }\n"},
    {"the state and the mark of flows",
     "add chain inet t b\n"
     "add rule inet t b ct state established ct mark set 1 accept\n"},
    {"routes in rules (fib)",
     "add chain inet t c\n"
     "add rule inet t c fib saddr . iif oif missing drop\n"},
    {"answers to what is rejected",
     "add chain inet t d { type filter hook forward priority 0; }\n"
     "add rule inet t d reject with icmpx admin-prohibited\n"},
    {"sets of intervals with counters",
     "add set inet t s { type ipv4_addr . inet_service; flags interval; counter; }\n"},
    {"maps of verdicts", "add map inet t v { type mark : verdict; counter; }\n"},
    {"translation in both families",
     "add chain inet t e { type nat hook prerouting priority -100; }\n"
     "add map inet t m { type ipv4_addr . inet_service : ipv4_addr . inet_service; }\n"
     "add rule inet t e meta l4proto tcp dnat ip to ip daddr . tcp dport map @m\n"
     "add chain inet t f { type nat hook postrouting priority 100; }\n"
     "add rule inet t f meta l4proto tcp masquerade to :1024-65535\n"},
    {"timeouts of flows",
     "add ct timeout inet t w { protocol tcp; l3proto ip; policy = { established : 7440 }; }\n"},
};

// Under a name that nobody has.
std::string named(std::string commands) {
  const std::string name = fmt::format("inet sluice_probe_{} ", getpid());
  constexpr std::string_view kPlaceholder = "inet t ";
  for (size_t at = 0; (at = commands.find(kPlaceholder, at)) != std::string::npos; at += name.size())
    commands.replace(at, kPlaceholder.size(), name);
  return commands;
}

std::string try_features(std::span<const Feature> features) {
  std::string commands(kTable);
  for (const Feature& feature : features) commands += feature.commands;
  return dry_run(named(std::move(commands)));
}

std::string remedy_for(const std::string& said) {
  if (!has_capability(CAP_NET_ADMIN)) return "run as root, or give the service CAP_NET_ADMIN";
  if (said.find("permitted") != std::string::npos)
    return "permit netlink to the service (RestrictAddressFamilies=AF_NETLINK in its unit), or look for the "
           "refusal in the audit log (dmesg)";
  return "use a kernel with nf_tables and its modules, as Debian's are";
}

ProbeRow refused(std::string tried, const std::string& said) {
  return {"nf-tables", ProbeState::kBad, std::move(tried), said, remedy_for(said), std::string(kNftGain)};
}

// All at once, because each run costs a grace period of the kernel; one by one to see which it was.
ProbeRow probe_nftables() {
  if (const int error = ask_netfilter(NFNL_SUBSYS_NFTABLES, NFT_MSG_GETGEN))
    return refused("ask nf_tables for its generation", std::strerror(error));
  if (const std::string said = try_features(kFeatures); !said.empty()) {
    for (const Feature& feature : kFeatures)
      if (const std::string alone = try_features({&feature, 1}); !alone.empty())
        return refused(fmt::format("dry run of {}", feature.what), alone);
    return refused("dry run of all that sluice uses", said);
  }
  return {"nf-tables", ProbeState::kGood, "a dry run of all that sluice uses: accepted", "", "", ""};
}

constexpr Feature kSynproxy[] = {{"SYN cookies (synproxy)",
                                  "add chain inet t a { type filter hook forward priority 0; }\n"
                                  "add rule inet t a meta l4proto tcp synproxy mss 1460\n"}};

}   // namespace

ProbeRow probe_synproxy() {
  const std::string said = try_features(kSynproxy);
  if (said.empty()) return {"synproxy", ProbeState::kGood, "nftables can make SYN cookies", "", "", ""};
  return {"synproxy",
          ProbeState::kWarning,
          "the kernel's nftables has no synproxy",
          said,
          "use Linux 5.4 or newer, built with CONFIG_NFT_SYNPROXY, as Debian's are",
          "\"syn_cookies\" of forwards"};
}

std::string refusal_of_synproxy() {
  const ProbeRow row = probe_synproxy();
  if (row.state == ProbeState::kGood) return "";
  return fmt::format("{}: {} ({})", row.finding, row.reason, row.remedy);
}

Probe probe_nft() {
  Probe probe;
  probe.rows.push_back(probe_nftables());
  probe.rows.push_back(probe_ctnetlink());
  probe.rows.push_back(probe_accounting());
  return probe;
}

}   // namespace sluice
