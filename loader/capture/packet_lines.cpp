// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/packet_lines.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/protocol.hpp"
#include "base/text.hpp"
#include "capture/story.hpp"
#include "compile/common/drop_reason.hpp"
#include "maps/counters.h"
#include "talk/json_values.hpp"

namespace sluice {
namespace {

using nlohmann::json;

// As many as somebody can read, and as can be asked about.
constexpr uint64_t kLinesEachSecond = 20;
constexpr uint64_t kLineSecond = 1'000'000'000;   // nanoseconds

std::string_view verdict_word(uint8_t verdict) {
  switch (verdict) {
    case SL_V_FORWARDED: return "forwarded";
    case SL_V_TO_HOST: return "to host";
    case SL_V_FROM_HOST: return "from host";
    case SL_V_DROPPED: return "dropped";
    case SL_V_ANSWERED: return "rejected";
    case SL_V_PUT_OFF: return "put off";
    default: return "left to the kernel";
  }
}

std::string day_time(uint64_t nanoseconds) {
  using Clock = std::chrono::system_clock;
  return rfc3339_milliseconds(
      Clock::time_point(std::chrono::duration_cast<Clock::duration>(std::chrono::nanoseconds(nanoseconds))));
}

}   // namespace

// Of those that come at once the first are told.
bool PacketLines::has_room(uint64_t time) {
  if (const uint64_t second = time / kLineSecond; second != second_) {
    second_ = second;
    in_second_ = 0;
  }
  return in_second_++ < kLinesEachSecond;
}

json PacketLines::device_name(uint32_t device) const {
  const CapturedDevice* known = names_.device(device);
  return known ? json(known->name) : json();
}

// What the gateway itself sends comes in nowhere.
json PacketLines::question_of(const CapturedPacket& packet, const PacketEnds& ends) const {
  const sl_captured& out = packet.out.record;
  const json in = device_name(out.ifindex_in ? out.ifindex_in : packet.in.record.ifindex);
  const bool came = packet.in.record.hook != SL_CAPTURED_EGRESS;
  if (!came || !ends.is_question || in.is_null()) return nullptr;
  return {{"in", in},
          {"protocol", protocol_name(ends.protocol)},
          {"source", to_string(ends.source)},
          {"destination", to_string(ends.destination)},
          {"begins", ends.begins}};
}

json PacketLines::left_as() const {
  const CapturedShape& last = shapes_.back();
  if (last.direction != pcapng::Direction::kOut) return nullptr;
  const auto ends = ends_of(last);
  return {{"interface", device_name(last.device)}, {"packet", ends ? json(in_words(*ends)) : json()}};
}

json PacketLines::row_of(const CapturedPacket& packet) {
  const sl_captured &in = packet.in.record, &out = packet.out.record;
  const auto ends = ends_of(packet, names_.has_ethernet(in.ifindex));
  const DropReason* reason = drop_reason(out.reason);
  return {{"time", day_time(clock_.since_1970(in.time))},
          {"interface", device_name(in.ifindex)},
          {"packet", ends ? json(in_words(*ends)) : json()},
          {"length", in.length},
          {"verdict", verdict_word(out.verdict)},
          {"reason", reason ? json(reason->name()) : json()},
          {"story", tell_captured(out, names_)},
          {"left", left_as()},
          {"question", ends ? question_of(packet, *ends) : json()}};
}

void PacketLines::note(const CapturedPacket& packet) {
  if (is_full() || !selection_.takes(packet.out.record)) return;
  find_shapes(packet, names_, shapes_);
  if (!selection_.takes(shapes_)) return;
  if (!has_room(packet.in.record.time)) {
    ++passed_over_;
    return;
  }
  ++packets_;
  lines_ += line_of_json(row_of(packet));
}

std::string PacketLines::take(uint64_t lost) {
  std::string out = std::exchange(lines_, {});
  if (const uint64_t more = lost - std::exchange(told_lost_, lost)) out += line_of_json({{"lost", more}});
  if (const uint64_t more = std::exchange(passed_over_, 0)) out += line_of_json({{"passed_over", more}});
  return out;
}

std::string PacketLines::end(uint64_t lost, const std::string& why) {
  return take(lost) + line_of_json({{"ended", why}});
}

}   // namespace sluice
