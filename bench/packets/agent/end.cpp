// SPDX-License-Identifier: GPL-2.0-or-later
#include "end.hpp"

#include <bpf/libbpf.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <span>

#include "generator.skel.h"
#include "headers.hpp"
#include "netns.hpp"
#include "sink.skel.h"

namespace sluice::bench {

namespace {

struct Closer {
  void operator()(generator_bpf* skeleton) const { generator_bpf__destroy(skeleton); }
  void operator()(sink_bpf* skeleton) const { sink_bpf__destroy(skeleton); }
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};

// One byte for each flow, shared with the sink.
std::span<uint8_t> map_marks(const sink_bpf& sink) {
  void* at = ::mmap(nullptr, PLAN_MAX_FLOWS * 8, PROT_READ | PROT_WRITE, MAP_SHARED,
                    bpf_map__fd(sink.maps.arrived), 0);
  if (at == MAP_FAILED) return {};
  return {static_cast<uint8_t*>(at), PLAN_MAX_FLOWS * size_t{8}};
}

}   // namespace

struct End::Programs {
  std::unique_ptr<generator_bpf, Closer> generator;
  std::unique_ptr<sink_bpf, Closer> sink;
  std::unique_ptr<bpf_link, Closer> attached;
  std::span<uint8_t> marks;   // an array map's values lie 8 bytes apart

  ~Programs() {
    if (!marks.empty()) ::munmap(marks.data(), marks.size());
  }
};

End::End(EndConfig config, int index, std::unique_ptr<Programs> programs)
    : config_(std::move(config)), index_(index), programs_(std::move(programs)) {}
End::End(End&&) noexcept = default;
End::~End() = default;

Result<End> End::make(const EndConfig& config) {
  auto programs = std::make_unique<Programs>();
  programs->generator.reset(generator_bpf__open_and_load());
  if (!programs->generator) return fail_errno("load the generator", errno);
  programs->sink.reset(sink_bpf__open_and_load());
  if (!programs->sink) return fail_errno("load the sink", errno);
  programs->marks = map_marks(*programs->sink);
  if (programs->marks.empty()) return fail_errno("map the sink's marks", errno);

  const InNamespace there = TRY(InNamespace::enter(config.netns));
  const int index = TRY(device_index(config.device));
  programs->attached.reset(bpf_program__attach_xdp(programs->sink->progs.sink, index));
  if (!programs->attached) return fail_errno("attach the sink to " + config.device, errno);
  return End(config, index, std::move(programs));
}

void End::prepare_to_send(const plan& sending) {
  auto& globals = *programs_->generator->bss;
  const Headers headers = make_headers(sending, config_);
  globals.plan = sending;
  std::ranges::copy(headers.front, globals.front);
  globals.header = headers.frame;
  globals.ip_sum = headers.ip_sum;
  globals.udp_sum = headers.udp_sum;
  globals.cursor = 0;
  globals.sent = 0;
}

void End::prepare_to_receive(const plan& expected, uint8_t ttl, bool verify) {
  auto& globals = *programs_->sink->bss;
  globals.expected = expected;
  globals.ttl = ttl;
  globals.verify = verify;
  globals.tally = {};
  if (verify) std::ranges::fill(programs_->marks, uint8_t{0});
}

uint64_t End::sent() const { return __atomic_load_n(&programs_->generator->bss->sent, __ATOMIC_RELAXED); }

uint64_t End::received() const {
  return __atomic_load_n(&programs_->sink->bss->tally.packets, __ATOMIC_RELAXED);
}

tally End::seen() const { return programs_->sink->bss->tally; }

uint32_t End::distinct_flows(uint32_t flows) const {
  uint32_t count = 0;
  for (uint32_t flow = 0; flow < flows; ++flow) count += programs_->marks[size_t{flow} * 8] != 0;
  return count;
}

uint32_t End::frame_bytes() const {
  const plan& sending = programs_->generator->bss->plan;
  return plan_frame(&sending) + plan_sent_front(&sending);
}

int End::generator_fd() const { return bpf_program__fd(programs_->generator->progs.generate); }

}   // namespace sluice::bench
