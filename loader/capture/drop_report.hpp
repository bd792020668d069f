// SPDX-License-Identifier: GPL-2.0-or-later
// Dropped packets as a rate of each reason, rule, interface and network of senders: a few lines of JSON each
// second, however many packets they are.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "capture/order.hpp"
#include "capture/record.hpp"
#include "model/address.hpp"

namespace sluice {

class DropReport {
 public:
  explicit DropReport(CaptureNames names) : names_(std::move(names)) {}

  void note(const CapturedPacket& packet);
  // What has been noted since, the most first. `lost`: packets that were not looked at, from the beginning.
  std::string take(uint64_t lost);

 private:
  struct Key {
    uint8_t reason = 0;
    bool answered = false;
    uint32_t rule = 0, interface = 0;
    uint16_t zone = 0, zone_out = 0;
    std::optional<Prefix> source;   // none: it is no IP
    auto operator<=>(const Key&) const = default;
  };
  struct Count {
    uint64_t packets = 0, bytes = 0;
    std::string example;
  };

  std::string line_of(const Key& key, const Count& count) const;

  const CaptureNames names_;
  std::map<Key, Count> counts_;
  Count others_;   // of keys that found no room
  uint64_t told_lost_ = 0;
};

}   // namespace sluice
