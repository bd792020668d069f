// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "compile/common/rows.hpp"
#include "compile/ebpf/bogons.hpp"
#include "compile/ebpf/context.hpp"
#include "model/carrying.hpp"
#include "model/endpoints.hpp"
#include "model/queues.hpp"
#include "model/routing.hpp"

namespace sluice {
namespace {

// The address that errors and masquerade use: the first that is the interface's own.
template <class Wanted>
const InterfaceAddress* first_own(const PlannedLink& link, Wanted wanted) {
  for (const InterfaceAddress& own : link.addresses) {
    const bool translated =
        std::find(link.translated.begin(), link.translated.end(), own) != link.translated.end();
    if (!translated && wanted(own.address)) return &own;
  }
  return nullptr;
}

void set_addresses(sl_interface& row, const PlannedLink& link) {
  if (const auto* own = first_own(link, [](const IpAddress& a) { return a.is_ipv4(); }))
    row.address4 = row_address(own->address).w[3];
  const auto global6 = [](const IpAddress& a) { return !a.is_ipv4() && !a.is_link_local(); };
  if (const auto* own = first_own(link, global6))
    std::memcpy(row.address6, own->address.bytes().data(), sizeof(row.address6));
}

// Somebody hides from it, or the way to everywhere leads there: that is where everybody else is.
bool is_outside(const CompileContext& context, const std::string& zone) {
  if (context.uplinks.contains(zone)) return true;
  const Document& document = context.document;
  return std::any_of(document.masquerades.begin(), document.masquerades.end(), [&](const Masquerade& m) {
    return std::find(m.to.begin(), m.to.end(), zone) != m.to.end();
  });
}

// What the link has besides the addresses that the document puts there at each node is this node's.
uint16_t flags_of_local(const Document& document, const PlannedLink& link, const InterfaceAddress& own) {
  if (std::ranges::count(link.translated, own)) return SL_LOCAL_TRANSLATED;
  return all_carry(document.cluster) && !std::ranges::count(link.wanted->addresses, own) ? SL_LOCAL_OF_NODE
                                                                                         : 0;
}

sl_interface row_of(const CompileContext& context, const PlannedLink& link, uint16_t zone, uint16_t slot) {
  const Document& document = context.document;
  sl_interface row{};
  row.zone = zone;
  row.vrf = vrf_number(document, link.wanted->vrf);
  row.queue = link.wanted->share ? link.wanted->share->queue : row.vrf;
  row.slot = slot;
  row.flags = SL_IF_MANAGED;
  if (link.seen->has_ethernet) row.flags |= SL_IF_ETHERNET;
  if (link.xdp && !link.queues) row.flags |= SL_IF_XDP_OUT;
  if (has_queue(document, *link.wanted)) row.flags |= SL_IF_QUEUED;
  if (network_of_device(document, link.wanted->name)) row.flags |= SL_IF_NETWORK;
  if (const auto* veth = std::get_if<Veth>(&link.wanted->made)) {
    row.flags |= SL_IF_ONE_PEER;
    row.peer4 = row_address(veth->address).w[3];
  }
  if (all_carry(document.cluster) && document.cluster->sync->interface == link.wanted->name) {
    row.flags |= SL_IF_NODES;
    row.peer4 = htons(hash_of_numbers(document));
  }
  if (row.flags & SL_IF_ETHERNET) row.number = number_of_interface(document, link.wanted->name);
  if (is_outside(context, link.wanted->zone)) row.flags |= SL_IF_OUTSIDE;
  if (context.uplinks.contains(link.wanted->zone)) row.flags |= SL_IF_UPLINK;
  row.anti_spoofing = static_cast<uint8_t>(link.wanted->anti_spoofing);
  row.mtu = link.seen->mtu;
  std::copy(link.seen->mac.begin(), link.seen->mac.end(), row.mac);
  set_addresses(row, link);
  return row;
}

void add_local(NumberedRules& rules, uint16_t vrf, const InterfaceAddress& own, uint16_t zone, uint32_t index,
               uint16_t flags) {
  rules.local_addr.emplace_back(row_host(vrf, own.address),
                                sl_local{.zone = zone, .flags = flags, .ifindex = index});
  const Prefix network = Prefix::of(own);
  if (own.address.is_ipv4() && own.length < 31)
    rules.local_addr.emplace_back(row_host(vrf, network.last()),
                                  sl_local{.zone = zone, .flags = SL_LOCAL_BROADCAST, .ifindex = index});
}

// Addresses of interfaces that the document does not name are the gateway's too.
void add_foreign_locals(CompileContext& context) {
  const uint16_t flags = all_carry(context.document.cluster) ? SL_LOCAL_OF_NODE : 0;
  std::set<const ObservedLink*> managed;
  for (const PlannedLink& planned : context.links) managed.insert(planned.seen);
  for (const auto& [name, link] : context.observed.links) {
    if (managed.contains(&link)) continue;
    for (const ObservedAddress& own : link.addresses)
      add_local(context.rules, SL_MAIN_VRF, own.address, SL_ANY_ZONE, link.index, flags);
  }
}

// Slots in use stay, so that counters survive an apply; a new interface gets the smallest that is free.
class Slots {
 public:
  explicit Slots(const std::map<uint32_t, uint16_t>& known) : known_(known) {
    for (const auto& [index, slot] : known) taken_.insert(slot);
  }
  uint16_t of(uint32_t index) {
    if (const auto at = known_.find(index); at != known_.end()) return at->second;
    while (taken_.contains(next_)) ++next_;
    return next_++;
  }

 private:
  const std::map<uint32_t, uint16_t>& known_;
  std::set<uint16_t> taken_;
  uint16_t next_ = 1;
};

}   // namespace

void compile_interfaces(CompileContext& context) {
  context.rules.bogons = bogons_of(context.links);
  Slots slots(context.observed.engine.slots);
  for (const PlannedLink& link : context.links) {
    const uint16_t zone = context.zones.of(link.wanted->zone);
    sl_interface row = row_of(context, link, zone, slots.of(link.seen->index));
    if (link.wanted->drop_bogons) row.bogons = context.sets.number_of(context.rules.bogons);
    context.rules.interfaces.emplace_back(link.seen->index, row);
    if (row.flags & SL_IF_XDP_OUT) context.rules.tx_ports.push_back(link.seen->index);
    for (const InterfaceAddress& own : link.addresses)
      add_local(context.rules, row.vrf, own, zone, link.seen->index,
                flags_of_local(context.document, link, own));
  }
  add_foreign_locals(context);
}

}   // namespace sluice
