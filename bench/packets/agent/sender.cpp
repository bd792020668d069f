// SPDX-License-Identifier: GPL-2.0-or-later
#include "sender.hpp"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <string>

#include "netns.hpp"

namespace sluice::bench {

namespace {

// The test run ends with EINTR when a signal is pending; the signal itself has nothing to do.
constexpr int kWakeUp = SIGUSR1;

void take_wake_ups() {
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  ::sigaction(kWakeUp, &action, nullptr);
}

Result<> bind_to(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  if (::sched_setaffinity(0, sizeof(cores), &cores) < 0)
    return fail_errno("bind the generator to core " + std::to_string(core), errno);
  // Refused without CAP_SYS_NICE, which costs accuracy only.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), -20);
  return {};
}

// As the scheduler counted it, up to now; only while the thread lives.
double waited_seconds(int tid) {
  std::ifstream file("/proc/self/task/" + std::to_string(tid) + "/schedstat");
  uint64_t ran = 0, waited = 0;
  file >> ran >> waited;
  return static_cast<double>(waited) / 1e9;
}

Result<> run(const End& end, uint32_t count) {
  std::array<uint8_t, PLAN_IPV6_FRAME + PLAN_TUNNEL> data{};
  const uint32_t bytes = end.frame_bytes();
  xdp_md context{};
  context.data_end = bytes;
  context.ingress_ifindex = static_cast<uint32_t>(end.index());
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = data.data(), .data_size_in = bytes, .ctx_in = &context,
              .ctx_size_in = sizeof(context), .repeat = static_cast<int>(count),
              .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
  const int error = bpf_prog_test_run_opts(end.generator_fd(), &options);
  if (error < 0 && error != -EINTR) return fail_errno("generate on " + end.config().device, -error);
  return {};
}

Result<> run_there(const End& end, int core, uint32_t count) {
  TRY(bind_to(core));
  const InNamespace there = TRY(InNamespace::enter(end.config().netns));
  return run(end, count);
}

}   // namespace

Sender::Sender(const End& end, int core, uint32_t count) {
  take_wake_ups();
  thread_ = std::thread([this, &end, core, count] { work(end, core, count); });
}

Sender::~Sender() { (void)finish(); }

void Sender::work(const End& end, int core, uint32_t count) {
  tid_ = ::gettid();
  outcome_ = run_there(end, core, count);
  waited_ = waited_seconds(tid_);
  done_ = true;
}

Result<> Sender::finish() {
  if (!thread_.joinable()) return outcome_;
  // Said until it is heard: the first may come before the thread is in the system call.
  while (!done_) {
    ::pthread_kill(thread_.native_handle(), kWakeUp);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  thread_.join();
  return outcome_;
}

double Sender::waited() const { return done_ ? waited_.load() : waited_seconds(tid_); }

}   // namespace sluice::bench
