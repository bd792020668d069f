// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/ebpf/service_rows.hpp"

#include <algorithm>

#include "compile/common/rows.hpp"

namespace sluice {

sl_forward ServiceRows::row_of(const Forward& forward) {
  const auto [at, is_new] = known_.try_emplace(forward.service.get());
  if (is_new) at->second = put(forward);
  return at->second;
}

sl_forward ServiceRows::put(const Forward& forward) {
  const ServiceBlock block =
      service_block(context_.document, forward.name, *forward.service, tables_,
                    [&](const std::string& name) { return context_.objects.of(SL_OBJECT_BACKEND, name); });
  auto& rows = context_.rules.backends;
  sl_forward row{};
  if (const auto& prefix = forward.service->source_prefix) {
    const sl_addr address = row_address(prefix->address);
    std::copy_n(address.w, std::size(row.source_prefix), row.source_prefix);
  }
  row.sticky_for = static_cast<uint32_t>(forward.service->sticky_for.count());
  lead_to(row, block, static_cast<uint32_t>(rows.size()));
  rows.insert(rows.end(), block.rows.begin(), block.rows.end());
  return row;
}

void compile_backends(CompileContext& context) {
  for (const PublishedService& service : context.document.services)
    for (const Backend& backend : service.backends)
      for (const auto& [underlay, address] : backend.addresses)
        context.objects.of(SL_OBJECT_BACKEND,
                           name_of(service.name, {.backend = backend.name, .underlay = underlay}));
}

}   // namespace sluice
