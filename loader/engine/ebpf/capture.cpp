// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/capture.hpp"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>

#include "engine/ebpf/table.hpp"
#include "maps/capture.h"

namespace sluice {
namespace {

constexpr uint32_t kUntilItBegins = 30;   // as the packet path counts: the place is held meanwhile

// As the packet path counts it.
uint32_t path_time() {
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint32_t>(std::chrono::nanoseconds(time).count() >> SL_CAPTURE_TIME_SHIFT);
}

bool is_past(uint32_t until) { return static_cast<int32_t>(path_time() - until) > 0; }

// A place whose capture is over is free, though no packet has come since that found it out.
std::optional<uint32_t> find_place(const sl_config& config) {
  const uint32_t running = __atomic_load_n(&config.capturing, __ATOMIC_ACQUIRE);
  for (uint32_t place = 0; place < SL_CAPTURES; ++place)
    if (!(running >> place & 1) && is_past(config.capture[place].until)) return place;
  for (uint32_t place = 0; place < SL_CAPTURES; ++place)
    if (is_past(config.capture[place].until)) return place;
  return std::nullopt;
}

class EbpfCapture final : public CaptureSource {
 public:
  EbpfCapture(SharedConfig config, UniqueFd map, uint32_t place)
      : config_(std::move(config)), map_(std::move(map)), place_(place) {}
  ~EbpfCapture() override {
    __atomic_fetch_and(&config_->capturing, ~(1U << place_), __ATOMIC_ACQ_REL);
    config_->capture[place_].until = path_time() - 1;
  }

  Result<> put_rings(const std::vector<PerfEvent>& rings) override {
    for (const PerfEvent& ring : rings) {
      const uint32_t row = place_ * SL_CAPTURE_CPUS + ring.cpu;
      const int fd = ring.fd.get();
      if (ring.cpu >= SL_CAPTURE_CPUS) continue;
      if (const int rc = bpf_map_update_elem(map_.get(), &row, &fd, BPF_ANY); rc)
        return fail_errno("write to map capture_rings", -rc);
    }
    return {};
  }

  void go_on() override {
    __atomic_store_n(&config_->capture[place_].until, path_time() + SL_CAPTURE_TIMES, __ATOMIC_RELEASE);
    __atomic_fetch_or(&config_->capturing, 1U << place_, __ATOMIC_ACQ_REL);
  }

 private:
  SharedConfig config_;
  // The kernel takes the rings out of the map when this descriptor is closed, which put them there.
  UniqueFd map_;
  const uint32_t place_;
};

}   // namespace

Result<std::unique_ptr<CaptureSource>> open_capture(const Pins& pins, uint32_t snaplen) {
  SharedConfig config = TRY(SharedConfig::open(pins));
  const auto place = find_place(*config.operator->());
  if (!place) return fail(fmt::format("{} captures run already, and no more may at once", SL_CAPTURES));
  UniqueFd map = TRY(pins.open(pins.map("capture_rings")));
  config->capture[*place] = {.until = path_time() + kUntilItBegins, .snaplen = snaplen};
  return std::unique_ptr<CaptureSource>(new EbpfCapture(std::move(config), std::move(map), *place));
}

}   // namespace sluice
