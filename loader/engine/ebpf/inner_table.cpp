// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/inner_table.hpp"

#include <bpf/bpf.h>

namespace sluice {

Result<UniqueFd> inner_table(const UniqueFd& outer, const std::string& name, uint32_t slot) {
  uint32_t id = 0;
  if (const int rc = bpf_map_lookup_elem(outer.get(), &slot, &id)) return fail_errno("read map " + name, -rc);
  const int fd = bpf_map_get_fd_by_id(id);
  return fd < 0 ? fail_errno("open the table of " + name, -fd) : Result<UniqueFd>(UniqueFd(fd));
}

Result<> await_packets_of(const UniqueFd& outer, const std::string& name, uint32_t slot, int inner) {
  const int rc = bpf_map_update_elem(outer.get(), &slot, &inner, BPF_ANY);
  return rc ? fail_errno("wait until no packet reads what was left in map " + name, -rc) : Result<>{};
}

}   // namespace sluice
