// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/probe_programs.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <type_traits>

#include "base/unique_fd.hpp"
#include "kernel/bpf/kernel_types.hpp"
#include "kernel/bpf/libbpf_log.hpp"
#include "kernel/bpf/object.hpp"
#include "tc.skel.h"

namespace sluice {

namespace {

// Small enough to cost no time, and more than any key that the verifier could know beforehand.
constexpr uint32_t kRows = 16;

bool has_rows_to_spare(const bpf_map* map) {
  return !bpf_map__is_internal(map) && bpf_map__type(map) != BPF_MAP_TYPE_ARRAY_OF_MAPS &&
         bpf_map__max_entries(map) > kRows;
}

BpfObject open_small(std::span<const std::byte> bytes, KernelTypes types) {
  LIBBPF_OPTS(bpf_object_open_opts, options);
  if (types == KernelTypes::kOfPackets) options.btf_custom_path = kernel_types_file();
  BpfObject object(bpf_object__open_mem(bytes.data(), bytes.size(), &options));
  if (!object) return object;
  tell_of_syn_cookies(object.get());
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object.get()) {
    bpf_map__set_pin_path(map, nullptr);   // neither taken over from an engine that runs, nor left behind
    if (has_rows_to_spare(map)) bpf_map__set_max_entries(map, kRows);
  }
  return object;
}

struct Trial {
  BpfObject object;
  Attempt attempt;
};

enum class Which { kCarriers, kPrinters };

Trial load(std::span<const std::byte> bytes, Which which = Which::kCarriers) {
  LibbpfLog log;
  BpfObject object =
      open_small(bytes, which == Which::kPrinters ? KernelTypes::kAll : KernelTypes::kOfPackets);
  if (object && which == Which::kPrinters) choose_programs(object.get(), kPrinters);
  if (object && which == Which::kCarriers) leave_out_printers(object.get());
  const int error = object ? -bpf_object__load(object.get()) : errno;
  return {std::move(object), {error, error ? log.reason() : ""}};
}

Attempt run_clock(const bpf_object* object) {
  const bpf_program* clock = bpf_object__find_program_by_name(object, "sluice_clock");
  std::array<uint8_t, 64> frame{};
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = frame.data();
  options.data_size_in = frame.size();
  options.repeat = 1;
  return {-bpf_prog_test_run_opts(bpf_program__fd(clock), &options), ""};
}

}   // namespace

TcAttempts try_tc_programs() {
  const Trial trial = load(tc_object());
  if (trial.attempt.error) return {trial.attempt, {}};
  if (Attempt gc = load(gc_object()).attempt; gc.error) return {std::move(gc), {}};
  return {trial.attempt, run_clock(trial.object.get())};
}

Attempt try_xdp_program() { return load(xdp_object()).attempt; }

ProbeRow probe_text() {
  const Attempt attempt = load(tc_object(), Which::kPrinters).attempt;
  if (!attempt.error)
    return {"text", ProbeState::kGood, "load the programs that print tables: done", "", "", ""};
  return {"text",
          ProbeState::kWarning,
          fmt::format("load the programs that print tables: {}", std::strerror(attempt.error)),
          attempt.error == EPERM ? "most likely the kernel is locked down" : attempt.words,
          "use `sluice show flows`, or bpftool, instead",
          "flows as text, also while no daemon runs (text/flows4 and text/flows6 of the pins)"};
}

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

namespace {

// Who may not ask is not told that there is none.
bool has_syn_cookies() {
  static const bool has =
      libbpf_probe_bpf_helper(BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_tcp_raw_gen_syncookie_ipv4, nullptr) != 0;
  return has;
}

}   // namespace

ProbeRow probe_syn_cookies() {
  if (has_syn_cookies())
    return {"syn-cookies", ProbeState::kGood, "BPF programs can make SYN cookies", "", "", ""};
  return {"syn-cookies",
          ProbeState::kWarning,
          "the kernel makes no SYN cookies for BPF programs",
          "",
          "use Linux 6.0 or newer, built with CONFIG_SYN_COOKIES, as Debian's are",
          "\"syn_cookies\" of forwards"};
}

std::string refusal_of_syn_cookies() {
  const ProbeRow row = probe_syn_cookies();
  return row.state == ProbeState::kGood ? "" : fmt::format("{} ({})", row.finding, row.remedy);
}

void tell_of_syn_cookies(bpf_object* object) {
  using Constants = std::remove_pointer_t<decltype(tc_bpf::rodata)>;
  size_t size = 0;
  bpf_map* map = bpf_object__find_map_by_name(object, ".rodata");
  const void* data = map ? bpf_map__initial_value(map, &size) : nullptr;
  if (!data || size < sizeof(Constants)) return;
  Constants constants = *static_cast<const Constants*>(data);
  constants.has_syn_cookies = has_syn_cookies();
  (void)bpf_map__set_initial_value(map, &constants, sizeof(constants));
}

}   // namespace sluice
