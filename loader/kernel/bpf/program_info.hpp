// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel knows of a loaded program.
#pragma once

#include <linux/bpf.h>

#include <string_view>

#include "model/observed.hpp"

namespace sluice {

// By which sluice's own are known, whoever loaded them.
constexpr std::string_view program_name(Hook hook) {
  switch (hook) {
    case Hook::kTcIngress: return "sluice_ingress";
    case Hook::kTcEgress: return "sluice_egress";
    case Hook::kXdp: break;
  }
  return "sluice_xdp";
}

// Of tc: the direction, which is the name of the program's pin as well.
constexpr std::string_view side_of(Hook hook) { return hook == Hook::kTcEgress ? "egress" : "ingress"; }

// Zeros where the kernel does not say.
bpf_prog_info program_info(int program_fd);
// Whether the program with this id has this name. Needs CAP_SYS_ADMIN, as ids do.
bool is_program(uint32_t id, std::string_view name);

}   // namespace sluice
