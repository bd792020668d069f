// SPDX-License-Identifier: GPL-2.0-or-later
// The runs of the programs, and what is true of every one of them.
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include "lab.hpp"

namespace sluice::test {
namespace {

constexpr size_t kLargest = 64 << 10;

struct Run {
  bpf_test_run_opts options{};
  Bytes out = Bytes(kLargest);

  explicit Run(const Bytes& frame) {
    options.sz = sizeof(options);
    options.data_in = frame.data();
    options.data_size_in = static_cast<uint32_t>(frame.size());
    options.data_out = out.data();
    options.data_size_out = static_cast<uint32_t>(out.size());
    options.repeat = 1;
  }
  template <class Context>
  void with(Context& context) {
    options.ctx_in = &context;
    options.ctx_out = &context;
    options.ctx_size_in = options.ctx_size_out = sizeof(context);
  }
};

// Whatever a program answers, it is what it counted.
uint32_t code_of(Hook hook, const std::string& what, uint32_t code) {
  if (hook == Hook::kXdp)
    return what == "handed on" ? XDP_PASS : what == "forwarded" ? XDP_REDIRECT : XDP_DROP;
  if (what == "forwarded") return TC_ACT_REDIRECT;
  if (what == "put off") return TC_ACT_SHOT;
  if (what.starts_with("dropped")) return code == TC_ACT_REDIRECT ? TC_ACT_REDIRECT : TC_ACT_SHOT;
  return static_cast<uint32_t>(TC_ACT_UNSPEC);
}

// SLUICE_MARK and SLUICE_OWN_MARK: "judged already", for the egress program.
bool is_of_judged(const Metadata& beside) { return (beside.mark | 1) == 0x51c1ce01; }

}   // namespace

uint32_t Lab::run(Hook hook, At device, Bytes& frame, Metadata beside, Left* left) const {
  Run run(frame);
  __sk_buff skb{};
  xdp_md md{};
  if (hook == Hook::kXdp) {
    md.data_end = static_cast<uint32_t>(frame.size());
    md.ingress_ifindex = index(device);
    run.with(md);
  } else {
    skb.ifindex = index(device);
    skb.mark = beside.mark;
    skb.gso_size = beside.gso_size;
    skb.gso_segs = beside.gso_segs;
    skb.ingress_ifindex =
        hook == Hook::kTcEgress ? (beside.was_received ? index(beside.came_in) : 0) : index(device);
    run.with(skb);
  }
  ran_unwatched_ = true;
  const int rc = bpf_prog_test_run_opts(program(hook), &run.options);
  EXPECT_EQ(rc, 0) << "BPF_PROG_TEST_RUN of " << frame.size() << " bytes";
  run.out.resize(run.options.data_size_out);
  frame = std::move(run.out);
  if (left) *left = {.mark = skb.mark, .priority = skb.priority};
  return run.options.retval;
}

Outcome Lab::run_and_count(Hook hook, At device, const Bytes& frame, Metadata beside) {
  Outcome outcome{.frame = frame};
  if (ran_unwatched_) watch_.forget();
  watch_.before(*tables_);
  Left left;
  outcome.code = run(hook, device, outcome.frame, beside, &left);
  outcome.mark = left.mark;
  outcome.priority = left.priority;
  ran_unwatched_ = false;
  const Counted counted = watch_.after(*tables_);
  outcome.what = counted.what;
  if (outcome.what == "counted 0 times ()" && outcome.code == TC_ACT_SHOT) outcome.what = "put off";
  outcome.bytes = counted.bytes;
  if (!is_of_judged(beside)) {
    EXPECT_EQ(outcome.code, code_of(hook, outcome.what, outcome.code)) << outcome.what;
  }
  return outcome;
}

Outcome Lab::arrive_at_tc(At device, const Bytes& frame, Metadata beside) {
  Outcome outcome = run_and_count(Hook::kTcIngress, device, frame, beside);
  if (outcome.what.starts_with("dropped") && outcome.code == TC_ACT_REDIRECT)
    outcome.what.replace(0, 7, "answered");
  return outcome;
}

Outcome Lab::arrive_bytes(Hook hook, At device, const Bytes& frame, Metadata beside) {
  if (hook != Hook::kXdp) return arrive_at_tc(device, frame, beside);
  Outcome outcome = run_and_count(hook, device, frame, beside);
  if (outcome.what != "handed on") return outcome;
  EXPECT_EQ(outcome.frame, frame) << "XDP hands on what it has changed";
  outcome = arrive_at_tc(device, frame, beside);
  outcome.handed_on = true;
  return outcome;
}

Outcome Lab::arrive(Hook hook, At device, const Layers& layers, Metadata beside) {
  return arrive_bytes(hook, device, framed(device, layers), beside);
}

Outcome Lab::leave(At device, const Layers& layers, Metadata beside) {
  const bool framed = std::holds_alternative<Eth>(layers.front());
  const Bytes frame =
      build(framed ? layers : Eth{.dst = neighbour_mac(device, 2), .src = mac(device)} / layers);
  Outcome outcome = run_and_count(Hook::kTcEgress, device, frame, beside);
  EXPECT_EQ(outcome.frame, frame) << "the gateway's own packets are never changed";
  if (is_of_judged(beside) && outcome.what == "counted 0 times ()") outcome.what = "marked";
  return outcome;
}

}   // namespace sluice::test
