// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/try_programs.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "kernel/bpf/libbpf_log.hpp"
#include "kernel/bpf/object.hpp"
#include "kernel/bpf/objects.hpp"
#include "kernel/bpf/probe_syn_cookies.hpp"

namespace sluice {
namespace {

// Small enough to cost no time, and more than any key that the verifier could know beforehand.
constexpr uint32_t kRows = 16;

bool has_rows_to_spare(const bpf_map* map) {
  return !bpf_map__is_internal(map) && bpf_map__type(map) != BPF_MAP_TYPE_ARRAY_OF_MAPS &&
         bpf_map__max_entries(map) > kRows;
}

BpfObject open_small(std::span<const std::byte> bytes) {
  BpfObject object(bpf_object__open_mem(bytes.data(), bytes.size(), nullptr));
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

Trial load(std::span<const std::byte> bytes) {
  LibbpfLog log;
  BpfObject object = open_small(bytes);
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

}   // namespace sluice
