// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/table_toucher.hpp"

#include "engine/ebpf/runner.hpp"

namespace sluice {

void TableToucher::begin(const Pins& pins, uint32_t slots4, uint32_t slots6) {
  auto runner = Runner::open(pins);
  if (!runner) return;
  thread_ = std::jthread([runner = std::move(*runner), slots4, slots6](const std::stop_token& stop) mutable {
    if (runner.touch(false, slots4, stop)) (void)runner.touch(true, slots6, stop);
  });
}

}   // namespace sluice
