// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/probe_tables.hpp"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/unique_fd.hpp"

namespace sluice {
namespace {

constexpr int kQuestionSize = 64;                  // struct bpf_fib_lookup, in every kernel
constexpr int kDirectAndTable = 1 << 0 | 1 << 3;   // BPF_FIB_LOOKUP_DIRECT, BPF_FIB_LOOKUP_TBID
constexpr size_t kWords = kQuestionSize / 8;

constexpr bpf_insn move(uint8_t to, uint8_t from) { return {BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0}; }
// BPF_K, an operand in the instruction, is 0.
constexpr bpf_insn add(uint8_t to, int value) { return {BPF_ALU64 | BPF_ADD, to, 0, 0, value}; }
constexpr bpf_insn set(uint8_t to, int value) { return {BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value}; }

// A question of zeros, whose family nobody knows: the flags are looked at before it.
std::array<bpf_insn, kWords + 6> question() {
  std::array<bpf_insn, kWords + 6> code{};
  size_t at = 0;
  for (size_t word = 0; word < kWords; ++word)
    code[at++] = {BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0,
                  static_cast<int16_t>(-kQuestionSize + 8 * static_cast<int>(word)), 0};
  code[at++] = move(BPF_REG_2, BPF_REG_10);
  code[at++] = add(BPF_REG_2, -kQuestionSize);
  code[at++] = set(BPF_REG_3, kQuestionSize);
  code[at++] = set(BPF_REG_4, kDirectAndTable);
  code[at++] = {BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_fib_lookup};
  code[at++] = {BPF_JMP | BPF_EXIT, 0, 0, 0, 0};
  return code;
}

// 0, or the errno that stands in the way.
int ask() {
  const auto code = question();
  const UniqueFd program(
      bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "sluice_probe", "GPL", code.data(), code.size(), nullptr));
  if (program.get() < 0) return errno;
  std::array<uint8_t, 64> frame{};
  bpf_test_run_opts run{};
  run.sz = sizeof(run);
  run.data_in = frame.data();
  run.data_size_in = frame.size();
  if (bpf_prog_test_run_opts(program.get(), &run)) return errno;
  return static_cast<int>(run.retval) == -EINVAL ? EINVAL : 0;
}

}   // namespace

ProbeRow probe_tables() {
  constexpr std::string_view kTried = "ask a routing table by its number";
  const int error = ask();
  if (!error) return {"vrf-tables", ProbeState::kGood, fmt::format("{}: done", kTried), "", "", ""};
  return {"vrf-tables",
          ProbeState::kWarning,
          fmt::format("{}: {}", kTried, std::strerror(error)),
          error == EINVAL ? "this kernel's lookup has no such flag" : "",
          "use Linux 6.7 or newer, or a 6.1 with its later fixes",
          "documents with VRFs are carried by eBPF, and not by nftables"};
}

std::string refusal_of_tables() {
  const ProbeRow row = probe_tables();
  if (row.state == ProbeState::kGood) return "";
  return fmt::format("{}, which VRFs need; {}", row.finding, row.remedy);
}

}   // namespace sluice
