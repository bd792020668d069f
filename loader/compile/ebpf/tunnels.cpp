// SPDX-License-Identifier: GPL-2.0-or-later
// Which outer packets of VXLANs are known, so that XDP may open them, and by which interfaces it may make
// some (maps/tunnel.h).
#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <set>

#include "compile/common/rows.hpp"
#include "compile/ebpf/context.hpp"

namespace sluice {
namespace {

bool may_be(const AddressMatch& match, const Document& document, const IpAddress& address) {
  return match.any() || contains(resolve(match, document), address);
}

// The outer packets of one remote, seen from outside.
struct Outer {
  const Vxlan& vxlan;
  const IpAddress& remote;
  const std::string& zone;
};

bool concerns(const Limit& limit, const Document& document, const Outer& outer) {
  if (limit.forward ||
      (!limit.protocols.empty() && !std::count(limit.protocols.begin(), limit.protocols.end(), IPPROTO_UDP)))
    return false;
  if (!limit.ports.empty() &&
      std::none_of(limit.ports.begin(), limit.ports.end(),
                   [&](const PortRange& range) { return range.contains(outer.vxlan.port); }))
    return false;
  const auto goes = [&](std::string_view from, std::string_view to, const IpAddress& source,
                        const IpAddress& destination) {
    return names(limit.from, from) && names(limit.to, to) && may_be(limit.source, document, source) &&
           may_be(limit.destination, document, destination);
  };
  return goes(outer.zone, kHostZone, outer.remote, outer.vxlan.local) ||
         goes(kHostZone, outer.zone, outer.vxlan.local, outer.remote);
}

// XDP knows no flows of outer packets, so it cannot say what a limit of theirs has left.
bool is_limited(const Document& document, const Outer& outer) {
  return std::any_of(document.limits.begin(), document.limits.end(),
                     [&](const Limit& limit) { return concerns(limit, document, outer); });
}

sl_tunnel_key outer_key(const Vxlan& vxlan, const IpAddress& remote) {
  return {.remote = row_address(remote),
          .local = row_address(vxlan.local),
          .vni = htonl(vxlan.vni << 8),
          .port = htons(vxlan.port),
          .kind = SL_TUNNEL_OUTER};
}

constexpr uint16_t kGrePort = 0;

struct EndsOfTunnel {
  IpAddress local, remote;
  uint16_t port = 0, vrf = 0;
  auto operator<=>(const EndsOfTunnel&) const = default;
};

sl_tunnel_key ends_key(const EndsOfTunnel& ends) {
  return {.remote = row_address(ends.remote),
          .local = row_address(ends.local),
          .vni = ends.vrf,
          .port = htons(ends.port),
          .kind = SL_TUNNEL_ENDS};
}

class Tunnels {
 public:
  explicit Tunnels(CompileContext& context) : context_(context) {}

  void add(const PlannedLink& link, const Vxlan& vxlan) {
    sl_interface& row = context_.row_of(link);
    row.flags &= ~SL_IF_XDP_OUT;
    if (add_remotes(link.seen->index, vxlan) && !link.queues) row.flags |= SL_IF_TUNNEL | SL_IF_XDP_OUT;
  }

  // Nobody else sends from the one end to the other, whether XDP knows the tunnel or not.
  void add_ends(const Vxlan& vxlan) {
    for (const IpAddress& remote : peers_of(vxlan))
      add_ends({vxlan.local, remote, vxlan.port, vrf_number(context_.document, vxlan.vrf)});
  }

  void add_ends(const Gretap& tunnel) {
    add_ends({tunnel.local, tunnel.remote, kGrePort, vrf_number(context_.document, tunnel.vrf)});
  }

  // False: XDP may make no packets for it. In another VRF than the main one that is the kernel's.
  bool add_remotes(uint32_t index, const Vxlan& vxlan) {
    if (!vxlan.vrf.empty() || !is_own(vxlan.local)) return false;
    bool limited = false;
    for (const IpAddress& remote : peers_of(vxlan)) {
      const PlannedLink* underlay = underlay_of(remote, index);
      if (!underlay) continue;
      if (is_limited(context_.document, {vxlan, remote, underlay->wanted->zone}))
        limited = true;
      else
        add_remote(index, vxlan, remote, *underlay);
    }
    return !limited;
  }

 private:
  void add_ends(const EndsOfTunnel& ends) {
    if (ends_.insert(ends).second) context_.rules.tunnels.emplace_back(ends_key(ends), sl_tunnel{});
  }

  bool is_own(const IpAddress& local) const {
    return std::any_of(context_.links.begin(), context_.links.end(), [&](const PlannedLink& link) {
      return link.wanted->vrf.empty() &&
             std::any_of(link.addresses.begin(), link.addresses.end(),
                         [&](const InterfaceAddress& own) { return own.address == local; });
    });
  }

  // Where the way to a remote leads; nullptr: nowhere that is managed, or through the tunnel itself.
  const PlannedLink* underlay_of(const IpAddress& remote, uint32_t tunnel) const {
    const auto way = context_.observed.underlays.find(remote);
    if (way == context_.observed.underlays.end() || way->second.index == tunnel) return nullptr;
    const auto at = std::find_if(context_.links.begin(), context_.links.end(), [&](const PlannedLink& link) {
      return link.seen->index == way->second.index && link.wanted->vrf.empty();
    });
    return at == context_.links.end() ? nullptr : &*at;
  }

  void add_remote(uint32_t index, const Vxlan& vxlan, const IpAddress& remote, const PlannedLink& underlay) {
    const uint16_t flags = vxlan.learning ? SL_TUNNEL_LEARNS : 0;
    context_.rules.tunnels.emplace_back(
        outer_key(vxlan, remote),
        sl_tunnel{.ifindex = index, .zone = context_.zones.of(underlay.wanted->zone), .flags = flags});
    for (const PlannedLink& other : context_.links)
      if (other.wanted->zone == underlay.wanted->zone) context_.row_of(other).flags |= SL_IF_TUNNELS;
  }

  CompileContext& context_;
  std::set<EndsOfTunnel> ends_;   // several VNIs have the same
};

}   // namespace

void compile_tunnels(CompileContext& context) {
  Tunnels tunnels(context);
  for (const Interface* one : all_interfaces(context.document)) {
    if (const auto* vxlan = std::get_if<Vxlan>(&one->made)) tunnels.add_ends(*vxlan);
    if (const auto* tunnel = std::get_if<Gretap>(&one->made)) tunnels.add_ends(*tunnel);
  }
  for (const PlannedLink& link : context.links)
    if (const auto* vxlan = std::get_if<Vxlan>(&link.wanted->made)) tunnels.add(link, *vxlan);
  for (const Interface& bridged : context.document.bridged)
    if (const auto* vxlan = std::get_if<Vxlan>(&bridged.made); vxlan && is_usable(bridged, context.observed))
      tunnels.add_remotes(context.observed.links.at(bridged.name).index, *vxlan);
  context.rules.header.tunnels = static_cast<uint32_t>(context.rules.tunnels.size());
}

}   // namespace sluice
