// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/runner.hpp"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "maps/slots.h"

namespace sluice {
namespace {

constexpr size_t kListOffset = 16;     // GC_OFFSET in bpf/flow/put.h
constexpr size_t kListRows = 32;       // GC_MAX in bpf/flow/gc_run.h
constexpr size_t kListPairs = 10;      // GC_PAIRS
constexpr uint32_t kPutTold = 1024;    // GC_PUT_TOLD
constexpr uint32_t kEndRests = 3;      // GC_RESTS
constexpr uint32_t kFragQueues = 5;    // GC_FRAG_QUEUES
constexpr uint32_t kLimits = 6;        // GC_LIMITS
constexpr uint32_t kPut = 7;           // GC_PUT
constexpr uint32_t kLed = 8;           // GC_LED
constexpr uint32_t kTouch = 9;         // GC_TOUCH
constexpr uint32_t kDebts = 10;        // GC_DEBTS
constexpr uint32_t kWalk = 256;        // GC_WALK
constexpr uint32_t kObjectShift = 9;   // GC_OBJECT_SHIFT
constexpr uint32_t kStretch = 1024;    // WALK_STEPS * WALK_STEP

// An Ethernet header of an experimental ethertype (IEEE 802, 0x88b5): no parser of the kernel looks behind
// it.
template <class Row>
std::vector<uint8_t> frame_of(std::span<const Row> rows) {
  std::vector<uint8_t> frame(std::max<size_t>(kListOffset + rows.size_bytes(), 64));
  frame[12] = 0x88;
  frame[13] = 0xb5;
  if (!rows.empty()) std::memcpy(frame.data() + kListOffset, rows.data(), rows.size_bytes());
  frame.resize(std::max<size_t>(kListOffset + rows.size_bytes(), 14));
  return frame;
}

std::vector<uint8_t> empty_frame() { return frame_of(std::span<const sl_tuple>{}); }

struct Outcome {
  uint32_t value, mark;
};

Result<Outcome> run_once(int program, const std::vector<uint8_t>& frame, uint32_t mark, uint32_t priority) {
  __sk_buff context{};
  context.mark = mark;
  context.priority = priority;
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = frame.data();
  options.data_size_in = static_cast<uint32_t>(frame.size());
  options.ctx_in = &context;
  options.ctx_size_in = sizeof(context);
  options.ctx_out = &context;
  options.ctx_size_out = sizeof(context);
  options.repeat = 1;
  const int rc = bpf_prog_test_run_opts(program, &options);
  if (rc) return fail_errno("run a program of the engine", -rc);
  return Outcome{options.retval, context.mark};
}

// Another process may be in the middle of a collection on this CPU, and goes on when it gets the CPU again.
Result<Outcome> run(int program, const std::vector<uint8_t>& frame, uint32_t mark, uint32_t priority = 0) {
  for (;;) {
    const Outcome outcome = TRY(run_once(program, frame, mark, priority));
    if (outcome.value != static_cast<uint32_t>(-EBUSY)) return outcome;
    sched_yield();
  }
}

}   // namespace

Result<Runner> Runner::open(const Pins& pins) {
  UniqueFd gc = TRY(pins.open(pins.program("gc")));
  return Runner(std::move(gc), TRY(pins.open(pins.program("clock"))));
}

Result<uint32_t> Runner::jiffies() { return TRY(run(clock_.get(), empty_frame(), 0)).mark; }

template <class Row>
Result<uint32_t> Runner::gc_list(std::span<const Row> rows, uint32_t mode) {
  uint32_t ended = 0;
  for (size_t done = 0; done < rows.size(); done += kListRows) {
    const auto piece = rows.subspan(done, std::min(kListRows, rows.size() - done));
    ended += TRY(run(gc_.get(), frame_of(piece), mode)).value;
  }
  return ended;
}

Result<uint32_t> Runner::visit(std::span<const sl_tuple> flows, Mode mode) {
  return gc_list(flows, static_cast<uint32_t>(mode));
}

Result<uint32_t> Runner::end_buckets(std::span<const sl_limit_key> buckets) {
  return gc_list(buckets, kLimits);
}

Result<uint32_t> Runner::keep_debts(std::span<const sl_limit_debt> debts) { return gc_list(debts, kDebts); }

Result<Runner::Put> Runner::put(std::span<const sl_flow_pair> pairs) {
  Put put;
  while (put.done < pairs.size() && put.why == 0) {
    const auto piece = pairs.subspan(put.done, std::min(kListPairs, pairs.size() - put.done));
    const Outcome outcome = TRY(run(gc_.get(), frame_of(piece), kPut));
    put.why = static_cast<int>(outcome.value);
    const size_t done = outcome.mark - kPutTold;
    if (done > piece.size() || (done < piece.size()) != (put.why != 0))
      return fail("write to the flow table: the program that does it is of another release");
    put.done += done;
  }
  return put;
}

Result<> Runner::end_rests() {
  while (TRY(run(gc_.get(), empty_frame(), kEndRests)).value != 0) continue;
  return {};
}

Result<uint32_t> Runner::expire_frag_queues() {
  return TRY(run(gc_.get(), empty_frame(), kFragQueues)).value;
}

Result<uint32_t> Runner::walk(bool ipv6, uint32_t slots, Mode mode) {
  return walk_in(ipv6, slots, static_cast<uint32_t>(mode));
}

Result<uint32_t> Runner::walk_led(bool ipv6, uint32_t slots, uint32_t object) {
  return walk_in(ipv6, slots, kLed | object << kObjectShift);
}

Result<> Runner::touch(bool ipv6, uint32_t slots, const std::stop_token& stop) {
  TRY(walk_in(ipv6, slots, kTouch, stop));
  return {};
}

Result<uint32_t> Runner::walk_in(bool ipv6, uint32_t slots, uint32_t mode, const std::stop_token& stop) {
  const std::vector<uint8_t> frame = empty_frame();
  uint32_t ended = 0;
  for (uint32_t first = 0; first < slots && !stop.stop_requested(); first += kStretch)
    ended += TRY(run(gc_.get(), frame, mode | kWalk, first | (ipv6 ? SL_PLACE_IPV6 : 0))).value;
  return ended;
}

}   // namespace sluice
