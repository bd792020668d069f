// SPDX-License-Identifier: GPL-2.0-or-later
// Bridges of networks that carry frames. Where br_netfilter is loaded, netfilter sees what passes between
// their members as packets that came in by the bridge and leave by it. Nothing of that is the gateway's: it
// passes unseen, and no flow is made of it. What a bridge hands up to the gateway is meant for nobody.
#include "compile/nft/context.hpp"

namespace sluice::nft {
namespace {

std::vector<json> quiet_bridges(const Compiler& c) {
  std::vector<json> devices;
  for (const PlannedLink& link : c.links)
    if (const auto* bridge = std::get_if<Bridge>(&link.wanted->made); bridge && bridge->quiet)
      devices.emplace_back(link.seen->index);
  return devices;
}

// What comes first in a hook; empty: nothing, because packets of bridges do not get there.
std::vector<json> rule_for(const json& hook, const json& bridges) {
  const std::string where = hook["hook"];
  const json arrives = match(meta("iif"), bridges), leaves = match(meta("oif"), bridges);
  if (where == "prerouting" && hook["prio"] == kBeforeFragments)
    return {arrives, {{"notrack", nullptr}}, accept()};
  if (where == "prerouting") return {arrives, accept()};
  if (where == "forward") return {arrives, leaves, accept()};
  if (where == "postrouting") return {leaves, accept()};
  if (where == "input" && hook["type"] == "filter") return {arrives, drop_as(SL_DROP_POLICY)};
  return {};
}

}   // namespace

void compile_quiet_bridges(Compiler& c) {
  const std::vector<json> devices = quiet_bridges(c);
  if (devices.empty()) return;
  const json bridges = any_of(devices);
  for (NftChain& chain : c.rules.chains) {
    if (chain.hook.is_null()) continue;
    if (const auto rule = rule_for(chain.hook, bridges); !rule.empty()) put_first(chain, rule);
  }
}

}   // namespace sluice::nft
