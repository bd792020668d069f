// SPDX-License-Identifier: GPL-2.0-or-later
#include "loaded.hpp"

#include <bpf/bpf.h>

#include <cerrno>
#include <string>

namespace sluice::bench {

Result<UniqueFd> find_program(uint32_t id) {
  UniqueFd program(bpf_prog_get_fd_by_id(id));
  if (!program) return fail_errno("find BPF program " + std::to_string(id), errno);
  return program;
}

Result<bpf_prog_info> ask(const UniqueFd& program, bpf_prog_info wanted) {
  uint32_t size = sizeof(wanted);
  if (bpf_obj_get_info_by_fd(program.get(), &wanted, &size) < 0)
    return fail_errno("look at a BPF program", errno);
  return wanted;
}

}   // namespace sluice::bench
