// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/map_types.hpp"

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include <algorithm>

#include "kernel/bpf/objects.hpp"

namespace sluice {

Result<MapTypes> MapTypes::open() {
  BpfObject object = TRY(open_tc_object(nullptr));
  btf* types = bpf_object__btf(object.get());
  const bool loaded = types && btf__load_into_kernel(types) == 0;
  return MapTypes(std::move(object), loaded ? btf__fd(types) : -1);
}

Result<UniqueFd> MapTypes::make_inner(const std::string& name, uint32_t rows) const {
  const bpf_map* outer = bpf_object__find_map_by_name(object_.get(), name.c_str());
  const bpf_map* kind = outer ? bpf_map__inner_map(const_cast<bpf_map*>(outer)) : nullptr;
  if (!kind) return fail("there is no map of maps " + name);
  LIBBPF_OPTS(bpf_map_create_opts, options);
  options.map_flags = bpf_map__map_flags(kind);
  if (types_ >= 0) {
    options.btf_fd = static_cast<uint32_t>(types_);
    options.btf_key_type_id = bpf_map__btf_key_type_id(kind);
    options.btf_value_type_id = bpf_map__btf_value_type_id(kind);
  }
  const int fd = bpf_map_create(bpf_map__type(kind), name.c_str(), bpf_map__key_size(kind),
                                bpf_map__value_size(kind), std::max<uint32_t>(rows, 1), &options);
  return fd < 0 ? fail_errno("create a table of " + name, -fd) : Result<UniqueFd>(UniqueFd(fd));
}

}   // namespace sluice
