// SPDX-License-Identifier: GPL-2.0-or-later
// Which destinations a VRF leaves to another one.
#include "compile/common/rows.hpp"
#include "compile/ebpf/context.hpp"
#include "model/routing.hpp"

namespace sluice {

void compile_vrfs(CompileContext& context) {
  for (const Vrf& vrf : context.document.vrfs)
    for (const VrfRoute& route : vrf.routes)
      if (!route.via)
        context.rules.prefixes.emplace_back(
            row_prefix(SL_PREFIX_TAG(SL_PREFIX_THROUGH, vrf.table, route.to.address.is_ipv4() ? 4 : 6),
                       route.to),
            vrf_number(context.document, route.through));
}

}   // namespace sluice
