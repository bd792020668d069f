// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/common/prefix_translation.hpp"
#include "compile/common/rows.hpp"
#include "compile/ebpf/context.hpp"
#include "model/vrfs.hpp"

namespace sluice {
namespace {

sl_static row_static(CompileContext& context, const StaticMapping& mapping, const Prefix& from,
                     const Prefix& to, uint16_t vrf) {
  const IpAddress& address = mapping.outside.address;
  const PlannedLink* outside = context.places.link_of(address, context.places.vrf_of(address));
  const bool neutral = mapping.checksum_neutral;
  return {.to = row_address(to.address),
          .length = static_cast<uint32_t>(to.mapped_length()),
          .object = context.objects.of(SL_OBJECT_STATIC, mapping.name),
          .zone = outside ? context.zones.of(outside->wanted->zone) : static_cast<uint16_t>(SL_ANY_ZONE),
          .vrf = vrf,
          .ifindex = outside ? outside->seen->index : 0,
          .adjustment = htons(neutral ? neutral_adjustment(from, to) : uint16_t{0}),
          .word = neutral ? neutral_word(from.length) : uint16_t{0}};
}

}   // namespace

void compile_static_mappings(CompileContext& context) {
  for (const StaticMapping& mapping : context.document.static_mappings) {
    const Prefix &outside = mapping.outside, &inside = mapping.inside;
    const uint16_t of_outside = context.places.vrf_of(outside.address),
                   of_inside = vrf_number(context.document, mapping.vrf);
    context.rules.static_in.emplace_back(row_prefix(of_outside, outside),
                                         row_static(context, mapping, outside, inside, of_inside));
    context.rules.static_out.emplace_back(row_prefix(of_inside, inside),
                                          row_static(context, mapping, inside, outside, of_outside));
  }
  context.rules.header.static_rows = static_cast<uint32_t>(context.rules.static_in.size());
}

}   // namespace sluice
