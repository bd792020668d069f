// SPDX-License-Identifier: GPL-2.0-or-later
// Endpoints of networks by number, and the addresses that they are known by.
#include "model/endpoints.hpp"

#include "compile/common/rows.hpp"
#include "compile/ebpf/context.hpp"
#include "maps/counters.h"
#include "model/routing.hpp"

namespace sluice {

// Those that take no part now too: what was counted for them stays, and their peers are gone anyway.
void compile_endpoints(CompileContext& context) {
  size_t room = SL_MAX_ENDPOINTS;
  for (const EndpointOfNetwork& one : all_endpoints(context.document)) {
    const uint32_t number = room ? context.objects.of(SL_OBJECT_ENDPOINT, full_name(one)) : 0;
    if (number == 0) return;
    --room;
    const uint16_t vrf = vrf_number(context.document, one.network->vrf);
    for (const Prefix& prefix : sources_of(*one.endpoint))
      context.rules.prefixes.emplace_back(
          row_prefix(SL_PREFIX_TAG(SL_PREFIX_ENDPOINT, vrf, prefix.address.is_ipv4() ? 4 : 6), prefix),
          number);
  }
}

}   // namespace sluice
