// SPDX-License-Identifier: GPL-2.0-or-later
// Flows that have become established, from the rings that the packet path tells of them by (maps/capture.h).
#include <bpf/bpf.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "engine/ebpf/engine_ebpf.hpp"
#include "engine/ebpf/table.hpp"
#include "kernel/perf_ring.hpp"
#include "maps/capture.h"

namespace sluice {
namespace {

using NewsClock = std::chrono::steady_clock;

constexpr size_t kNewsRing = size_t{1} << 18;         // bytes for each CPU: 4,000 flows
constexpr size_t kNewsTakenAtOnce = kNewsRing / 32;   // of each: 150 flows
constexpr std::chrono::seconds kSaysItHears{1};
constexpr uint32_t kHeardFor = 3;   // seconds

class EbpfFlowNews final : public FlowNews {
 public:
  static Result<std::unique_ptr<FlowNews>> open(EngineEbpf& engine, const Pins& pins,
                                                std::shared_ptr<const FlowMemory> memory) {
    std::unique_ptr<EbpfFlowNews> news(
        new EbpfFlowNews(engine, std::move(memory), TRY(SharedConfig::open(pins)),
                         TRY(pins.open(pins.map("capture_rings"))), TRY(Runner::open(pins))));
    for (PerfEvent& event : TRY(make_perf_events(kNewsRing))) TRY(news->put(std::move(event)));
    return news;
  }
  ~EbpfFlowNews() override { hear_until(0); }

  bool waits() const override { return std::ranges::any_of(rings_, &PerfRing::waits); }
  uint64_t lost() const override {
    uint64_t lost = 0;
    for (const PerfRing& ring : rings_) lost += ring.lost();
    return lost;
  }

  Result<> take(std::vector<FlowState>& flows) override {
    if (engine_.opened() != opened_)
      return fail("the tables were exchanged while somebody heard of their flows");
    TRY(go_on());
    std::vector<sl_tuple> told;
    for (PerfRing& ring : rings_)
      ring.read(kNewsTakenAtOnce, [&](std::span<const std::byte> record) {
        if (record.size() < sizeof(sl_tuple)) return;
        std::memcpy(&told.emplace_back(), record.data(), sizeof(sl_tuple));
      });
    return engine_.read_flows(told, flows);
  }

 private:
  EbpfFlowNews(EngineEbpf& engine, std::shared_ptr<const FlowMemory> memory, SharedConfig config,
               UniqueFd map, Runner runner)
      : engine_(engine),
        memory_(std::move(memory)),
        opened_(engine.opened()),
        config_(std::move(config)),
        map_(std::move(map)),
        runner_(std::move(runner)) {}

  Result<> put(PerfEvent event) {
    if (event.cpu >= SL_CAPTURE_CPUS) return {};
    const uint32_t row = SL_TOLD_RINGS + event.cpu;
    const int fd = event.fd.get();
    if (const int rc = bpf_map_update_elem(map_.get(), &row, &fd, BPF_ANY); rc)
      return fail_errno("write to map capture_rings", -rc);
    rings_.push_back(TRY(PerfRing::open(std::move(event.fd), kNewsRing)));
    return {};
  }

  void hear_until(uint32_t jiffies) { __atomic_store_n(&config_->told_until, jiffies, __ATOMIC_RELEASE); }

  // 0 would say that nobody hears.
  Result<> go_on() {
    const auto now = NewsClock::now();
    if (now - said_ < kSaysItHears) return {};
    hear_until((TRY(runner_.jiffies()) + kHeardFor * config_->hz) | 1);
    said_ = now;
    return {};
  }

  EngineEbpf& engine_;
  std::shared_ptr<const FlowMemory> memory_;   // the engine reads by it for as long as somebody has it
  const uint64_t opened_;
  SharedConfig config_;
  // The kernel takes the rings out of the map when this descriptor is closed, which put them there.
  UniqueFd map_;
  Runner runner_;
  std::vector<PerfRing> rings_;
  NewsClock::time_point said_{};
};

}   // namespace

Result<std::unique_ptr<FlowNews>> EngineEbpf::flow_news() {
  if (!tables_) return std::unique_ptr<FlowNews>();
  return EbpfFlowNews::open(*this, pins_, TRY(keep_memory()));
}

}   // namespace sluice
