// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/program_info.hpp"

#include <bpf/bpf.h>

#include "base/unique_fd.hpp"

namespace sluice {

bpf_prog_info program_info(int program_fd) {
  bpf_prog_info info{};
  uint32_t length = sizeof(info);
  return bpf_obj_get_info_by_fd(program_fd, &info, &length) == 0 ? info : bpf_prog_info{};
}

bool is_program(uint32_t id, std::string_view name) {
  const UniqueFd program(bpf_prog_get_fd_by_id(id));
  return program && name == program_info(program.get()).name;
}

}   // namespace sluice
