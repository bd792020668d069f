// SPDX-License-Identifier: GPL-2.0-or-later
// Nobody but the tunnel speaks as the tunnel: bpf/tunnel/into_tunnel.h in this engine's words. A packet's
// source is translated in postrouting (100), so it is looked at behind that.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include "compile/nft/context.hpp"

namespace sluice::nft {
namespace {

constexpr int kBehindTranslation = 110;
constexpr std::string_view kAsTunnel = "as_tunnel";
constexpr uint16_t kGrePort = 0;   // in the rows, of tunnels by GRE

// The VRF of a row of ends.
uint16_t vrf_of(const sl_tunnel_key& key) { return static_cast<uint16_t>(key.vni); }

// Tunnels of one VRF: what has the same addresses in another one is none of theirs.
class TunnelsOfVrf {
 public:
  TunnelsOfVrf(Compiler& c, uint16_t vrf) : c_(c), vrf_(vrf) {}

  void add_sets() {
    for (const Family family : kFamilies) {
      const std::string_view type = type_of(family);
      NftSet ends{.name = set_name("tunnel_ends", family), .kind = {{"type", {type, type, "inet_service"}}}};
      NftSet by_gre{.name = set_name("gre_ends", family), .kind = {{"type", {type, type}}}};
      NftSet locals{.name = set_name("tunnel_locals", family), .kind = {{"type", type}}};
      for (const auto& [key, row] : c_.numbers.tunnels) {
        const IpAddress local = address_of(key.local);
        if (key.kind != SL_TUNNEL_ENDS || vrf_of(key) != vrf_ || local.family() != family) continue;
        put_ends(key, ends, by_gre);
        put(locals, local.to_string());
      }
      for (NftSet* set : {&ends, &by_gre, &locals})
        if (set != &by_gre || !set->elements.empty()) c_.rules.sets.push_back(std::move(*set));
    }
  }

  // The tunnel's packets begin at the gateway, and so does what is left to the gateway's own programs. An
  // answer of the gateway is none of the tunnel's, unless it leaves by its port, or is GRE.
  void add_as_tunnel() {
    std::vector<json> ports;
    for (const uint16_t port : ports_of_tunnels(c_)) ports.push_back(port);
    NftChain& chain = c_.chain(name(kAsTunnel));
    for (const Family family : kFamilies) {
      const json locals = at(set_name("tunnel_locals", family));
      add(chain, {match(ct("direction"), "original"), match(ct_address("original", "saddr", family), locals),
                  accept()});
      const json answers = match(ct("direction"), "reply"),
                 own = match(ct_address("reply", "saddr", family), locals);
      if (!ports.empty()) add(chain, {answers, own, match(payload("udp", "sport"), any_of(ports)), accept()});
      if (has_gre(family)) add(chain, {answers, own, match(meta("l4proto"), IPPROTO_GRE), accept()});
      add(chain, {answers, own, drop_own_as(SL_DROP_INTO_TUNNEL)});
    }
    add(chain, {drop_as(SL_DROP_INTO_TUNNEL)});
  }

  // `asked`: where the packet leaves.
  void add_question(NftChain& chain, const std::vector<json>& asked) const {
    for (const Family family : kFamilies) {
      auto rule = asked;
      rule.push_back(match(concat({source(family), destination(family), payload("udp", "dport")}),
                           at(set_name("tunnel_ends", family))));
      rule.push_back(jump(name(kAsTunnel)));
      add(chain, rule);
      if (!has_gre(family)) continue;
      rule = asked;
      rule.push_back(match(meta("l4proto"), IPPROTO_GRE));
      rule.push_back(match(concat({source(family), destination(family)}), at(set_name("gre_ends", family))));
      rule.push_back(jump(name(kAsTunnel)));
      add(chain, rule);
    }
  }

 private:
  std::string name(std::string_view what) const {
    return vrf_ == SL_MAIN_VRF ? std::string(what) : fmt::format("{}_vrf{}", what, vrf_);
  }
  std::string set_name(std::string_view what, Family family) const { return named(name(what), family); }
  bool has_gre(Family family) const { return c_.has_set(set_name("gre_ends", family)); }

  static void put_ends(const sl_tunnel_key& key, NftSet& ends, NftSet& by_gre) {
    const std::string local = address_of(key.local).to_string(), remote = address_of(key.remote).to_string();
    if (ntohs(key.port) == kGrePort)
      put(by_gre, concat({local, remote}));
    else
      put(ends, concat({local, remote, ntohs(key.port)}));
  }

  Compiler& c_;
  uint16_t vrf_;
};

// Masquerades ask about them, in any VRF.
void compile_remotes(Compiler& c) {
  for (const Family family : kFamilies) {
    NftSet remotes{.name = named(kTunnelRemotes, family), .kind = {{"type", type_of(family)}}};
    for (const auto& [key, row] : c.numbers.tunnels)
      if (const IpAddress remote = address_of(key.remote);
          key.kind == SL_TUNNEL_ENDS && remote.family() == family)
        put(remotes, remote.to_string());
    c.rules.sets.push_back(std::move(remotes));
  }
}

std::vector<json> devices_of_vrf(const Compiler& c, uint16_t vrf) {
  std::vector<json> devices;
  for (const auto& [index, row] : c.numbers.interfaces)
    if (row.vrf == vrf) devices.push_back(index);
  return devices;
}

std::set<uint16_t> vrfs_of_tunnels(const Compiler& c) {
  std::set<uint16_t> vrfs;
  for (const auto& [key, row] : c.numbers.tunnels)
    if (key.kind == SL_TUNNEL_ENDS) vrfs.insert(vrf_of(key));
  return vrfs;
}

// What leaves by a device of another VRF has been asked about that one's tunnels.
void leave_vrfs_alone(const Compiler& c, NftChain& chain) {
  if (std::vector<json> others = c.devices_of_vrfs(); !others.empty())
    add(chain, {match(meta("oif"), any_of(std::move(others))), accept()});
}

}   // namespace

std::set<uint16_t> ports_of_tunnels(const Compiler& c) {
  std::set<uint16_t> ports;
  for (const auto& [key, row] : c.numbers.tunnels)
    if (const uint16_t port = ntohs(key.port); port != kGrePort) ports.insert(port);
  return ports;
}

void compile_tunnels(Compiler& c) {
  if (c.numbers.tunnels.empty()) return;
  const std::set<uint16_t> vrfs = vrfs_of_tunnels(c);
  for (const uint16_t vrf : vrfs) TunnelsOfVrf(c, vrf).add_sets();
  compile_remotes(c);
  for (const uint16_t vrf : vrfs) TunnelsOfVrf(c, vrf).add_as_tunnel();
  NftChain& hook = c.hook(
      "after_source_nat",
      {{"type", "filter"}, {"hook", "postrouting"}, {"prio", kBehindTranslation}, {"policy", "accept"}});
  for (const uint16_t vrf : vrfs)
    if (auto devices = devices_of_vrf(c, vrf); vrf != SL_MAIN_VRF && !devices.empty())
      TunnelsOfVrf(c, vrf).add_question(hook, {match(meta("oif"), any_of(std::move(devices)))});
  leave_vrfs_alone(c, hook);
  if (vrfs.contains(SL_MAIN_VRF)) TunnelsOfVrf(c, SL_MAIN_VRF).add_question(hook, {});
}

}   // namespace sluice::nft
