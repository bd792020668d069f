// SPDX-License-Identifier: GPL-2.0-or-later
// Which destinations a VRF leaves to another one.
#include "compile/common/rows.hpp"
#include "compile/ebpf/context.hpp"
#include "model/routing.hpp"

namespace sluice {

namespace {

void add_through(CompileContext& context, uint16_t vrf, const std::vector<VrfRoute>& routes) {
  for (const VrfRoute& route : routes)
    if (!route.via)
      context.rules.prefixes.emplace_back(
          row_prefix(SL_PREFIX_TAG(SL_PREFIX_THROUGH, vrf, route.to.address.is_ipv4() ? 4 : 6), route.to),
          vrf_number(context.document, route.through));
}

}   // namespace

void compile_vrfs(CompileContext& context) {
  add_through(context, SL_MAIN_VRF, context.document.routes);
  for (const Vrf& vrf : context.document.vrfs) add_through(context, vrf.table, vrf.routes);
}

}   // namespace sluice
