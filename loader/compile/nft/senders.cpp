// SPDX-License-Identifier: GPL-2.0-or-later
// Interfaces with one machine at their other end, in any VRF: nobody there is somebody else.
#include "compile/nft/context.hpp"

namespace sluice::nft {

// Each packet, because who claims another's address would be in that one's flows (bpf/path/admit.h). In front
// of everything that looks for a flow.
void compile_senders(Compiler& c) {
  if (!c.has_peers()) return;
  NftChain& hook = c.hook(
      "senders",
      {{"type", "filter"}, {"hook", "prerouting"}, {"prio", kBeforeFragments - 1}, {"policy", "accept"}});
  const json one_peer = match(meta("iif"), at("one_peer"));
  add(hook, {one_peer, unlike(concat({meta("iif"), payload("ether", "saddr")}), at("peer_macs")),
             drop_as(SL_DROP_MAC_SPOOFED)});
  add(hook,
      {one_peer, of_family(Family::kIpv4),
       unlike(concat({meta("iif"), source(Family::kIpv4)}), at("peer_addresses")), drop_as(SL_DROP_SPOOFED)});
}

}   // namespace sluice::nft
