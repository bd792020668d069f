// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/record.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "maps/counters.h"
#include "maps/flow.h"

namespace sluice {
namespace {

constexpr size_t kMacs = 12;

std::array<std::byte, 4> tag_of(const sl_captured& record) {
  std::array<std::byte, 4> tag;
  std::memcpy(tag.data(), &record.tag_protocol, sizeof(record.tag_protocol));
  tag[2] = std::byte(record.tag >> 8);
  tag[3] = std::byte(record.tag & 0xff);
  return tag;
}

// IEEE 802.1Q: behind the MAC addresses.
void put_tag(CapturedFrame& frame) {
  const auto tag = tag_of(frame.record);
  frame.record.length += static_cast<uint32_t>(tag.size());
  if (frame.bytes.size() < kMacs) return;
  frame.bytes.insert(frame.bytes.begin() + kMacs, tag.begin(), tag.end());
}

// The kernel's neighbour code writes them later, and what stands there is of the link that the packet came
// by.
bool lacks_macs(const sl_captured& record) {
  return record.point == SL_CAPTURED_OUT && record.verdict == SL_V_FORWARDED &&
         record.hook == SL_CAPTURED_TC && (record.flags & SL_FLOW_LINK) && !(record.flags & SL_FLOW_RESOLVED);
}

// What the gateway sends is judged where it leaves: the zone of that interface is where it goes.
void turn_own(sl_captured& record) {
  record.zone_out = std::exchange(record.zone, 0);
  record.vrf_out = record.vrf;
}

}   // namespace

bool read_captured(std::span<const std::byte> sample, CapturedFrame& frame) {
  if (sample.size() < sizeof(frame.record)) return false;
  std::memcpy(&frame.record, sample.data(), sizeof(frame.record));
  const auto bytes = sample.subspan(sizeof(frame.record));
  if (frame.record.copied > bytes.size()) return false;
  frame.bytes.assign(bytes.begin(), bytes.begin() + frame.record.copied);
  if (frame.record.point == SL_CAPTURED_OUT && frame.record.hook == SL_CAPTURED_EGRESS)
    turn_own(frame.record);
  if (lacks_macs(frame.record))
    std::fill_n(frame.bytes.begin(), std::min(kMacs, frame.bytes.size()), std::byte{});
  if (frame.record.tag_protocol) put_tag(frame);
  return true;
}

std::optional<CapturedPacket> CapturePairs::take(std::span<const std::byte> sample) {
  if (sample.size() <= offsetof(sl_captured, point)) return std::nullopt;
  const bool comes = std::to_integer<uint8_t>(sample[offsetof(sl_captured, point)]) == SL_CAPTURED_IN;
  if (comes) {
    waits_ = read_captured(sample, in_);
    return std::nullopt;
  }
  if (!waits_ || !read_captured(sample, out_) || out_.record.packet != in_.record.packet) return std::nullopt;
  waits_ = false;
  return CapturedPacket{in_, out_};
}

}   // namespace sluice
