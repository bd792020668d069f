// SPDX-License-Identifier: GPL-2.0-or-later
// What leaves a device at a rate, and how it is shared (docs/decisions/0022-bandwidth.md). Bytes per second,
// of whole frames.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace sluice {

struct Document;   // model/document.hpp
struct Interface;

// Minor numbers of classes. A VRF's class has the number of its table.
inline constexpr uint16_t kOtherQueue = 0xfffe;   // whatever is of no VRF with a bandwidth
inline constexpr uint16_t kWholeQueue = 0xffff;   // the device's rate, which all others share
// The part of a rate that is never guaranteed to VRFs: nobody locks the operator out.
inline constexpr uint64_t kShareOfOthers = 20;

struct QueueClass {
  uint16_t number = 0;
  uint64_t guaranteed = 0, maximum = 0;
  auto operator<=>(const QueueClass&) const = default;
};

// The classes of a device, without the whole.
struct Queues {
  uint64_t rate = 0;
  std::set<QueueClass> classes;
  bool operator==(const Queues&) const = default;
};

// What a class has done.
struct QueueCount {
  std::string link;
  uint16_t number = 0;
  uint64_t packets = 0, bytes = 0, dropped_packets = 0;
  uint32_t waiting_packets = 0, waiting_bytes = 0;
};

// What an interface is to have; none: it sends as fast as it can.
std::optional<Queues> queues_of(const Document& document, const Interface& interface);

// Whether what comes in by it has a class of its own where it leaves.
bool has_queue(const Document& document, const Interface& interface);

}   // namespace sluice
