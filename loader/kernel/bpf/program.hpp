// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel knows of a loaded program.
#pragma once

#include <linux/bpf.h>

#include <set>
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

// libxdp before 1.4 forgets a descriptor of each program that it finds on a device. This closes descriptors
// of BPF programs that were opened, and not closed, in its life. Declared before whatever owns such
// descriptors; nobody else may open programs meanwhile.
class CloseLeakedPrograms {
 public:
  CloseLeakedPrograms();
  ~CloseLeakedPrograms();
  CloseLeakedPrograms(const CloseLeakedPrograms&) = delete;
  CloseLeakedPrograms& operator=(const CloseLeakedPrograms&) = delete;

 private:
  std::set<int> before_;
};

}   // namespace sluice
