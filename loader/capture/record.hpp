// SPDX-License-Identifier: GPL-2.0-or-later
// Records of the packet path (maps/capture.h), two of each packet, and what they are together.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "maps/capture.h"

namespace sluice {

struct CapturedFrame {
  sl_captured record{};
  std::vector<std::byte> bytes;   // with its tag in its place
};

// Nothing: it is none. A frame has its outermost tag again, which lay beside it.
bool read_captured(std::span<const std::byte> sample, CapturedFrame& frame);

struct CapturedPacket {
  const CapturedFrame& in;
  const CapturedFrame& out;   // without a frame where it left as it came, or not at all
};

// Of one CPU, whose packets come one after the other.
class CapturePairs {
 public:
  // Complete: what the record before and this one are. It is valid until the next call.
  std::optional<CapturedPacket> take(std::span<const std::byte> sample);

 private:
  CapturedFrame in_, out_;
  bool waits_ = false;   // `in_` is one
};

}   // namespace sluice
