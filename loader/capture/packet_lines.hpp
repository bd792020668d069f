// SPDX-License-Identifier: GPL-2.0-or-later
// Packets that are wanted as lines of JSON, a few each second: between whom they go, what became of them, and
// what to ask `explain` about them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "capture/clock.hpp"
#include "capture/ends.hpp"
#include "capture/order.hpp"
#include "capture/record.hpp"
#include "capture/selection.hpp"

namespace sluice {

class PacketLines {
 public:
  PacketLines(CaptureSelection selection, CaptureNames names, uint64_t most)
      : selection_(std::move(selection)), names_(std::move(names)), most_(most) {}

  void note(const CapturedPacket& packet);
  // What has been noted since. `lost`: packets that found no room, from the beginning.
  std::string take(uint64_t lost);
  // The last ones, and why it ends.
  std::string end(uint64_t lost, const std::string& why);

  bool is_full() const { return most_ && packets_ >= most_; }   // as many packets as were wanted

 private:
  bool has_room(uint64_t time);
  nlohmann::json row_of(const CapturedPacket& packet);
  nlohmann::json question_of(const CapturedPacket& packet, const PacketEnds& ends) const;
  nlohmann::json left_as() const;
  nlohmann::json device_name(uint32_t device) const;

  const CaptureSelection selection_;
  const CaptureNames names_;
  const uint64_t most_;
  std::string lines_;
  std::vector<CapturedShape> shapes_;   // of the packet at hand
  DayClock clock_;
  uint64_t packets_ = 0, second_ = 0, in_second_ = 0;
  uint64_t passed_over_ = 0, told_lost_ = 0;
};

}   // namespace sluice
