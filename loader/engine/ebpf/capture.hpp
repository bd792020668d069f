// SPDX-License-Identifier: GPL-2.0-or-later
// A capture by the packet path (maps/capture.h): a place among those that run at once, its rings, and the
// flag that has packets written there.
#pragma once

#include <memory>

#include "engine/capture_source.hpp"
#include "engine/ebpf/tables.hpp"
#include "kernel/bpf/pins.hpp"

namespace sluice {

// `snaplen`: bytes of each frame that are wanted, at most SL_CAPTURE_MOST. Failure also: as many run as may.
Result<std::unique_ptr<CaptureSource>> open_capture(const Pins& pins, uint32_t snaplen);

}   // namespace sluice
