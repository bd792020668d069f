// SPDX-License-Identifier: GPL-2.0-or-later
// Nobody but the tunnel speaks as the tunnel: bpf/tunnel/into_tunnel.h in this engine's words. A packet's
// source is translated in postrouting (100), so it is looked at behind that.
#include <arpa/inet.h>

#include "compile/nft/context.hpp"

namespace sluice::nft {
namespace {

constexpr int kBehindTranslation = 110;
constexpr std::string_view kAsTunnel = "as_tunnel";

void compile_ends(Compiler& c) {
  for (const Family family : kFamilies) {
    const std::string_view type = type_of(family);
    NftSet ends{.name = named("tunnel_ends", family), .kind = {{"type", {type, type, "inet_service"}}}};
    NftSet locals{.name = named("tunnel_locals", family), .kind = {{"type", type}}};
    NftSet remotes{.name = named(kTunnelRemotes, family), .kind = {{"type", type}}};
    for (const auto& [key, row] : c.numbers.tunnels) {
      const IpAddress local = address_of(key.local), remote = address_of(key.remote);
      if (key.kind != SL_TUNNEL_ENDS || local.family() != family) continue;
      put(ends, concat({local.to_string(), remote.to_string(), ntohs(key.port)}));
      put(locals, local.to_string());
      put(remotes, remote.to_string());
    }
    for (NftSet* set : {&ends, &locals, &remotes}) c.rules.sets.push_back(std::move(*set));
  }
}

// The tunnel's packets begin at the gateway, and so does what is left to the gateway's own programs. An
// answer of the gateway is none of the tunnel's, unless it leaves by its port.
void compile_as_tunnel(Compiler& c) {
  std::vector<json> ports;
  for (const uint16_t port : ports_of_tunnels(c)) ports.push_back(port);
  NftChain& chain = c.chain(kAsTunnel);
  for (const Family family : kFamilies) {
    const json locals = at(named("tunnel_locals", family));
    add(chain, {match(ct("direction"), "original"), match(ct_address("original", "saddr", family), locals),
                accept()});
    const json answers = match(ct("direction"), "reply"),
               own = match(ct_address("reply", "saddr", family), locals);
    add(chain, {answers, own, match(payload("udp", "sport"), any_of(ports)), accept()});
    add(chain, {answers, own, drop_own_as(SL_DROP_INTO_TUNNEL)});
  }
  add(chain, {drop_as(SL_DROP_INTO_TUNNEL)});
}

// The ends are in the main VRF.
void leave_vrfs_alone(const Compiler& c, NftChain& chain) {
  if (std::vector<json> others = c.devices_of_vrfs(); !others.empty())
    add(chain, {match(meta("oif"), any_of(std::move(others))), accept()});
}

}   // namespace

std::set<uint16_t> ports_of_tunnels(const Compiler& c) {
  std::set<uint16_t> ports;
  for (const auto& [key, row] : c.numbers.tunnels) ports.insert(ntohs(key.port));
  return ports;
}

void compile_tunnels(Compiler& c) {
  if (c.numbers.tunnels.empty()) return;
  compile_ends(c);
  compile_as_tunnel(c);
  NftChain& hook = c.hook(
      "after_source_nat",
      {{"type", "filter"}, {"hook", "postrouting"}, {"prio", kBehindTranslation}, {"policy", "accept"}});
  leave_vrfs_alone(c, hook);
  for (const Family family : kFamilies)
    add(hook, {match(concat({source(family), destination(family), payload("udp", "dport")}),
                     at(named("tunnel_ends", family))),
               jump(kAsTunnel)});
}

}   // namespace sluice::nft
