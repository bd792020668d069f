// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <linux/if_ether.h>

#include <algorithm>
#include <optional>

#include "compile/ebpf/context.hpp"

namespace sluice {
namespace {

struct Tagged {
  const PlannedLink* trunk = nullptr;
  std::vector<sl_tag> tags;   // the outermost first
};

sl_tag tag_of(const VlanLink& vlan) {
  return {htons(vlan.service ? ETH_P_8021AD : ETH_P_8021Q), htons(vlan.id)};
}

const PlannedLink* planned(const CompileContext& context, uint32_t index) {
  const auto at = std::find_if(context.links.begin(), context.links.end(),
                               [&](const PlannedLink& link) { return link.seen->index == index; });
  return at == context.links.end() ? nullptr : &*at;
}

// Nothing: it is no VLAN, has more tags than are followed, or the document lacks a device below it.
std::optional<Tagged> tagged(const CompileContext& context, const PlannedLink& link) {
  Tagged found{&link, {}};
  while (const auto* vlan = std::get_if<VlanLink>(&found.trunk->seen->parameters)) {
    found.tags.insert(found.tags.begin(), tag_of(*vlan));
    found.trunk = planned(context, found.trunk->seen->parent_index);
    if (!found.trunk || found.tags.size() > SL_MAX_TAGS) return std::nullopt;
  }
  if (found.tags.empty()) return std::nullopt;
  return found;
}

// A redirect by XDP has room for one tag beyond the device's MTU and refuses what is longer (xdp_ok_fwd_dev).
bool fits(const PlannedLink& link, const Tagged& found) {
  const size_t more = found.tags.size() - 1;
  return link.seen->mtu + more * sizeof(sl_tag) <= found.trunk->seen->mtu || more == 0;
}

sl_interface other_end_of(const sl_interface& vlan) {
  sl_interface row{.flags = SL_IF_TAGGER, .trunk = vlan.trunk};
  std::copy(std::begin(vlan.tags), std::end(vlan.tags), row.tags);
  return row;
}

void compile_tags(CompileContext& context, const PlannedLink& link, const Tagged& found) {
  sl_interface& row = context.row_of(link);
  row.trunk = found.trunk->seen->index;
  std::copy(found.tags.begin(), found.tags.end(), row.tags);
  row.flags &= ~SL_IF_XDP_OUT;   // XDP sends to the trunk and never to it
  if (!link.queues) {            // else what leaves by it waits on its own device
    row.flags |= SL_IF_TAGGED;
    if (found.trunk->xdp && !found.trunk->queues && fits(link, found)) row.flags |= SL_IF_XDP_OUT;
  }
  const auto other = context.observed.links.find(link.seen->other_end);
  if (other == context.observed.links.end()) return;
  row.flags |= SL_IF_BY_TAGS;
  context.rules.interfaces.emplace_back(other->second.index, other_end_of(row));
}

}   // namespace

void compile_vlans(CompileContext& context) {
  for (const auto& [name, seen] : context.observed.links) {
    const auto* vlan = std::get_if<VlanLink>(&seen.parameters);
    if (!vlan || !planned(context, seen.parent_index)) continue;
    const PlannedLink* link = planned(context, seen.index);
    context.rules.vlans.emplace_back(sl_vlan_key{seen.parent_index, tag_of(*vlan)}, link ? seen.index : 0);
    if (!link) continue;
    if (const auto found = tagged(context, *link)) compile_tags(context, *link, *found);
  }
}

}   // namespace sluice
