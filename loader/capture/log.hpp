// SPDX-License-Identifier: GPL-2.0-or-later
// A capture as it grows: blocks of pcapng for the packets that are wanted.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "capture/clock.hpp"
#include "capture/order.hpp"
#include "capture/pcapng.hpp"
#include "capture/record.hpp"
#include "capture/selection.hpp"

namespace sluice {

class CaptureLog {
 public:
  CaptureLog(CaptureSelection selection, CaptureNames names, uint32_t snaplen, uint64_t most);

  // What a file begins with.
  std::string begin();
  // A packet of one CPU; what is wanted of it waits for take().
  void note(uint32_t cpu, const CapturedPacket& packet);
  // What has been noted since, by time. `lost`: packets that found no room, from the beginning.
  std::string take(uint64_t lost);
  // What a file ends with; why it ends.
  std::string end(uint64_t lost, const std::string& why);

  bool is_full() const { return most_ && packets_ >= most_; }   // as many packets as were wanted

 private:
  struct Waiting {
    uint64_t time;
    size_t at, size;   // in `blocks_`
  };
  void put(uint32_t cpu, const CapturedShape& shape, const CapturedPacket& packet,
           const std::string& comment);
  const std::string& story_of(const sl_captured& out);
  uint32_t interface_of(uint32_t device);
  void add_interface(uint32_t device, const CapturedDevice& about, std::string& out);

  const CaptureSelection selection_;
  const CaptureNames names_;
  const uint32_t snaplen_;
  const uint64_t most_;
  uint64_t seen_ = 0, packets_ = 0, told_lost_ = 0, lost_ = 0;
  uint64_t began_ = 0;
  DayClock clock_;
  std::map<uint32_t, uint32_t> interfaces_;   // of devices: numbers of their blocks
  std::string new_interfaces_, blocks_;
  std::vector<Waiting> waiting_;
  using StoryKey = std::array<uint32_t, 5>;   // all that a story depends on
  std::map<StoryKey, std::string> stories_;
  std::vector<CapturedShape> shapes_;
  bool mixed_ = false;   // more than one CPU has noted
  uint32_t last_cpu_ = 0;
};

}   // namespace sluice
