// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/shapes.hpp"

#include <linux/if_ether.h>

#include <algorithm>

#include "maps/counters.h"
#include "maps/flow.h"

namespace sluice {
namespace {

using pcapng::Direction;
using pcapng::LinkType;

LinkType link_of(const CaptureNames& names, uint32_t device) {
  return names.has_ethernet(device) ? LinkType::kEthernet : LinkType::kIp;
}

CapturedShape shape_of(const CapturedFrame& frame, uint32_t device, Direction direction,
                       const CaptureNames& names) {
  return {.device = device,
          .link = link_of(names, device),
          .bytes = frame.bytes,
          .length = frame.record.length,
          .direction = direction,
          .time = frame.record.time};
}

CapturedShape without(CapturedShape shape, uint32_t front) {
  shape.bytes = shape.bytes.subspan(std::min<size_t>(front, shape.bytes.size()));
  shape.length -= std::min(front, shape.length);
  return shape;
}

// From the inner link header on.
CapturedShape inside(const CapturedPacket& packet, const CaptureNames& names) {
  const sl_captured& out = packet.out.record;
  const uint32_t front = std::max<uint32_t>(out.l3_off, ETH_HLEN) - ETH_HLEN;
  return without(shape_of(packet.in, out.ifindex_in, Direction::kIn, names), front);
}

bool left_by_tunnel(const sl_captured& out) {
  return out.hook == SL_CAPTURED_XDP && out.verdict == SL_V_FORWARDED && (out.flags & SL_FLOW_TUNNEL);
}

// What it was before the outer headers came in front of it: as long as what came, with a link header of its
// own.
CapturedShape before_tunnel(const CapturedPacket& packet, const CaptureNames& names) {
  const sl_captured& out = packet.out.record;
  const uint32_t inner = packet.in.record.length - out.l3_off + ETH_HLEN;
  return without(shape_of(packet.out, out.ifindex_to, Direction::kOut, names),
                 out.length - std::min(inner, out.length));
}

// A device without link headers sends what follows them.
CapturedShape as_it_left(const CapturedPacket& packet, const CaptureNames& names) {
  const sl_captured& out = packet.out.record;
  const CapturedShape shape = shape_of(packet.out, out.ifindex, Direction::kOut, names);
  return shape.link == LinkType::kIp ? without(shape, out.l3_off) : shape;
}

}   // namespace

void find_shapes(const CapturedPacket& packet, const CaptureNames& names,
                 std::vector<CapturedShape>& shapes) {
  const sl_captured &in = packet.in.record, &out = packet.out.record;
  shapes.clear();
  shapes.push_back(shape_of(packet.in, in.ifindex,
                            in.hook == SL_CAPTURED_EGRESS ? Direction::kOut : Direction::kIn, names));
  if (out.tunnel) shapes.push_back(inside(packet, names));
  if (packet.out.bytes.empty()) return;
  if (left_by_tunnel(out)) shapes.push_back(before_tunnel(packet, names));
  shapes.push_back(as_it_left(packet, names));
}

}   // namespace sluice
