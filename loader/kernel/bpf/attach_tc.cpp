// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/attach_tc.hpp"

#include "kernel/bpf/clsact.hpp"
#include "kernel/bpf/program_info.hpp"
#include "kernel/bpf/tcx.hpp"

namespace sluice {
namespace {

// From a sluice that knew filters only.
bool has_older_filter(uint32_t index, Hook hook) {
  const uint32_t at = attached_filter(index, hook);
  return at && is_program(at, program_name(hook));
}

// At ingress the older filter leaves after tcx has come, so that no packet gets past: what both see goes to
// the host, and is counted twice. At egress it leaves before, because the first takes the mark off what
// sluice carried, and the second would take that for the kernel's forwarding.
Result<bool> move_to_tcx(const std::string& link, uint32_t index, Hook hook, int program_fd) {
  if (hook == Hook::kTcEgress) TRY(detach_filter(link, index, hook));
  if (const Result<bool> attached = attach_tcx(link, index, hook, program_fd); !attached) {
    TRY(attach_filter(link, index, hook, program_fd));
    return attached;
  }
  if (hook != Hook::kTcEgress) TRY(detach_filter(link, index, hook));
  return true;
}

}   // namespace

Result<bool> attach_tc(const std::string& link, uint32_t index, Hook hook, int program_fd) {
  if (has_tcx())
    return has_older_filter(index, hook) ? move_to_tcx(link, index, hook, program_fd)
                                         : attach_tcx(link, index, hook, program_fd);
  const bool replaces = attached_filter(index, hook) != 0;
  TRY(attach_filter(link, index, hook, program_fd));
  return replaces;
}

Result<> detach_tc(const std::string& link, uint32_t index, Hook hook) {
  if (!has_tcx()) return detach_filter(link, index, hook);
  TRY(detach_tcx(link, index, hook));
  return has_older_filter(index, hook) ? detach_filter(link, index, hook) : Result<>{};
}

uint32_t attached_tc(uint32_t index, Hook hook) {
  return has_tcx() ? attached_tcx(index, hook) : attached_filter(index, hook);
}

}   // namespace sluice
