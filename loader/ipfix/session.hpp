// SPDX-License-Identifier: GPL-2.0-or-later
// Messages of one Transport Session (RFC 7011): templates, records, sequence numbers. No I/O.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ipfix/record.hpp"

namespace sluice {

class IpfixSession {
 public:
  // No message is longer than `longest` bytes: 512 to 65,535.
  IpfixSession(uint32_t domain, size_t longest) : domain_(domain), longest_(longest) {}

  // The next message begins with all templates, as the first one does.
  void tell_templates() { templates_due_ = true; }
  // So many records are lost before the next message. They have sequence numbers too, so that the collector
  // sees that they are missing.
  void skip(uint64_t records) { sequence_ += static_cast<uint32_t>(records); }

  // Of as many of these records, in their order, as find room: one at least.
  struct Message {
    std::vector<uint8_t> bytes;
    size_t records = 0;
  };
  Message message(std::span<const NatRecord> records, uint32_t now) const;
  // It was sent. A message that was not may be made anew.
  void note_sent(const Message& message);

 private:
  uint32_t domain_;
  size_t longest_;
  uint32_t sequence_ = 0;   // of the next record
  bool templates_due_ = true;
};

}   // namespace sluice
