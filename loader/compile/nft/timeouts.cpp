// SPDX-License-Identifier: GPL-2.0-or-later
// Timeouts of TCP and UDP as `ct timeout` objects. In nft's own language: libnftables 1.0.6 reads their
// "policy" from JSON without an error and leaves it empty. Objects cannot be changed, so their values are
// part of their names. ICMP and the rest have no such objects there; sysctls say theirs.
#include <fmt/format.h>

#include "compile/nft/context.hpp"

namespace sluice::nft {
namespace {

std::string tcp_policy(const Timeouts& t) {
  std::string text = fmt::format("established: {0}, unack: {0}, retrans: {0}", t.tcp_established.count());
  for (const char* state :
       {"syn_sent", "syn_recv", "fin_wait", "close_wait", "last_ack", "time_wait", "close"})
    text += fmt::format(", {}: {}", state, t.tcp_transitory.count());
  return text;
}

}   // namespace

void compile_timeouts(Compiler& c) {
  const Timeouts& t = c.document.timeouts;
  const std::string tcp = fmt::format("tcp_{}_{}", t.tcp_established.count(), t.tcp_transitory.count());
  const std::string udp = fmt::format("udp_{}_{}", t.udp.count(), t.udp_one_way.count());
  const std::string udp_policy =
      fmt::format("replied: {}, unreplied: {}", t.udp.count(), t.udp_one_way.count());
  std::vector<std::string>& lines = c.rules.text;
  for (const Family family : kFamilies) {
    const std::string_view ip = protocol_of(family);
    for (const auto& [name, protocol, policy] :
         {std::tuple{tcp, "tcp", tcp_policy(t)}, std::tuple{udp, "udp", udp_policy}}) {
      const std::string object = name + std::string(suffix_of(family));
      lines.push_back(
          fmt::format("add ct timeout inet sluice {} {{ protocol {}; l3proto {}; policy = {{ {} }}; }}",
                      object, protocol, ip, policy));
      lines.push_back(
          fmt::format("add rule inet sluice {} meta nfproto {} meta l4proto {} ct timeout set \"{}\"",
                      kTimeouts, family == Family::kIpv4 ? "ipv4" : "ipv6", protocol, object));
    }
  }
  c.chain(kTimeouts);
  c.rules.text_chains.emplace(kTimeouts);
}

}   // namespace sluice::nft
