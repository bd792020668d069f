// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/hold_place.hpp"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <array>

#include "base/unique_fd.hpp"
#include "kernel/bpf/attach_tc.hpp"
#include "kernel/bpf/program_info.hpp"
#include "kernel/bpf/tcx.hpp"

namespace sluice {
namespace {

// return TC_ACT_UNSPEC: what comes after it decides, as if it were not there.
constexpr std::array<bpf_insn, 2> kLetPass{
    bpf_insn{.code = BPF_ALU64 | BPF_MOV | BPF_K,
             .dst_reg = BPF_REG_0,
             .src_reg = 0,
             .off = 0,
             .imm = TC_ACT_UNSPEC},
    bpf_insn{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};

}   // namespace

Result<bool> hold_place(const std::string& link, uint32_t index, Hook hook) {
  if (!has_tcx() || attached_tc(index, hook)) return false;
  const UniqueFd program(bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, program_name(hook).data(), "GPL",
                                       kLetPass.data(), kLetPass.size(), nullptr));
  if (!program) return fail_errno("load a program that lets everything pass", errno);
  TRY(attach_tcx(link, index, hook, program.get()));
  return true;
}

}   // namespace sluice
