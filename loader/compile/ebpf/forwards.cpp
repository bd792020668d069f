// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/common/rows.hpp"
#include "compile/ebpf/context.hpp"
#include "maps/slots.h"
#include "model/vrfs.hpp"

namespace sluice {
namespace {

sl_forward_key row_forward_key(const Places::Listener& listen, uint8_t protocol, const PortBlock& block) {
  sl_forward_key key{};
  key.prefixlen = SL_FORWARD_FIXED_BITS + block.bits;
  key.vrf = listen.vrf;
  key.protocol = protocol;
  key.address = row_address(listen.address);
  key.port = htons(block.value);
  return key;
}

void add_listener(CompileContext& context, const Forward& forward, const Places::Listener& listen,
                  sl_forward row) {
  if (const PlannedLink* link = context.places.link_of(listen.address, listen.vrf)) {
    row.zone = context.zones.of(link->wanted->zone);
    row.ifindex = link->seen->index;
  }
  uint32_t offset = 0;
  for (const PortRange& range : forward.ports) {
    row.first_port = range.first;
    row.last_port = range.last;
    row.to_port = forward.to_port ? static_cast<uint16_t>(*forward.to_port + offset) : range.first;
    offset += range.size();
    for (const uint8_t protocol : forward.protocols)
      for (const PortBlock& block : split_into_blocks(range))
        context.rules.forwards.emplace_back(row_forward_key(listen, protocol, block), row);
  }
}

}   // namespace

static_assert(kMostLimitedTargets == SL_MAX_TARGETS);

void compile_forwards(CompileContext& context) {
  for (const Forward& forward : context.document.forwards) {
    sl_forward row{};
    row.to = row_address(forward.to);
    row.object = context.objects.of(SL_OBJECT_FORWARD, forward.name);
    row.source_set = context.sets.number_of(forward.source);
    row.half_open = forward.half_open.value_or(0);
    row.flags = forward.syn_cookies ? SL_FORWARD_SYN_COOKIES : 0;
    row.vrf = vrf_number(context.document, forward.vrf);
    for (const Places::Listener& listen : context.places.listeners_of(forward))
      add_listener(context, forward, listen, row);
  }
  context.rules.header.forwards = static_cast<uint32_t>(context.rules.forwards.size());
}

}   // namespace sluice
