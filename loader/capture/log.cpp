// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/log.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "capture/story.hpp"

namespace sluice {
namespace {

constexpr size_t kMostStories = 4096;
constexpr unsigned kTimeBits = 54;   // of a packet's number; the CPU's come before them

uint64_t number_of(uint32_t cpu, uint64_t packet) {
  return uint64_t{cpu} << kTimeBits | (packet & ((uint64_t{1} << kTimeBits) - 1));
}

// The format has no field for the MTU.
std::string describe(const CapturedDevice& device) {
  if (device.zone.empty()) return fmt::format("MTU {}", device.mtu);
  return fmt::format("zone {}, MTU {}", device.zone, device.mtu);
}

}   // namespace

CaptureLog::CaptureLog(CaptureSelection selection, CaptureNames names, uint32_t snaplen, uint64_t most)
    : selection_(std::move(selection)), names_(std::move(names)), snaplen_(snaplen), most_(most) {}

void CaptureLog::add_interface(uint32_t device, const CapturedDevice& about, std::string& out) {
  interfaces_.emplace(device, static_cast<uint32_t>(interfaces_.size()));
  pcapng::put_interface(out,
                        {.name = about.name,
                         .description = describe(about),
                         .link = about.has_ethernet ? pcapng::LinkType::kEthernet : pcapng::LinkType::kIp,
                         .snaplen = snaplen_});
}

std::string CaptureLog::begin() {
  std::string out;
  began_ = capture_clock(CLOCK_REALTIME);
  pcapng::put_section(out, "sluice capture");
  for (const auto& [number, device] : names_.devices) add_interface(number, device, out);
  return out;
}

// A device that came after the capture had begun has its block in front of the packets.
uint32_t CaptureLog::interface_of(uint32_t device) {
  if (!interfaces_.contains(device))
    add_interface(device, {.name = fmt::format("device {}", device), .zone = {}}, new_interfaces_);
  return interfaces_.at(device);
}

void CaptureLog::note(uint32_t cpu, const CapturedPacket& packet) {
  ++seen_;
  if (is_full() || !selection_.takes(packet.out.record)) return;
  find_shapes(packet, names_, shapes_);
  if (!selection_.takes(shapes_)) return;
  ++packets_;
  mixed_ |= !waiting_.empty() && cpu != last_cpu_;
  last_cpu_ = cpu;
  const std::string& comment = story_of(packet.out.record);
  for (const CapturedShape& shape : shapes_) put(cpu, shape, packet, comment);
}

// Most packets have the story of one before.
const std::string& CaptureLog::story_of(const sl_captured& out) {
  const StoryKey key{out.policy, out.nat, out.limit, uint32_t{out.zone} << 16 | out.zone_out,
                     uint32_t{out.verdict} << 24 | uint32_t{out.reason} << 16 | out.asked};
  if (stories_.size() >= kMostStories) stories_.clear();
  const auto [at, is_new] = stories_.try_emplace(key);
  if (is_new) at->second = tell_captured(out, names_);
  return at->second;
}

void CaptureLog::put(uint32_t cpu, const CapturedShape& shape, const CapturedPacket& packet,
                     const std::string& comment) {
  const size_t at = blocks_.size();
  pcapng::put_packet(blocks_, {.interface = interface_of(shape.device),
                               .time = clock_.since_1970(shape.time),
                               .length = shape.length,
                               .bytes = shape.bytes,
                               .direction = shape.direction,
                               .id = number_of(cpu, packet.in.record.packet),
                               .lost = lost_ - std::exchange(told_lost_, lost_),
                               .verdict = verdict_of(packet.out.record),
                               .comment = comment});
  waiting_.push_back({shape.time, at, blocks_.size() - at});
}

std::string CaptureLog::take(uint64_t lost) {
  lost_ = lost;
  std::string out = std::exchange(new_interfaces_, {});
  if (!mixed_) {
    out += blocks_;
  } else {
    std::ranges::stable_sort(waiting_, {}, &Waiting::time);
    for (const Waiting& one : waiting_) out.append(blocks_, one.at, one.size);
  }
  blocks_.clear();
  waiting_.clear();
  mixed_ = false;
  return out;
}

std::string CaptureLog::end(uint64_t lost, const std::string& why) {
  std::string out = take(lost);
  if (interfaces_.empty()) return out;
  const uint64_t now = capture_clock(CLOCK_REALTIME);
  pcapng::put_statistics(out, {.interface = 0,
                               .time = now,
                               .began = began_,
                               .ended = now,
                               .received = seen_ + lost,
                               .lost = lost,
                               .written = packets_,
                               .comment = why});
  return out;
}

}   // namespace sluice
