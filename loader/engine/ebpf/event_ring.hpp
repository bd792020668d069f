// SPDX-License-Identifier: GPL-2.0-or-later
// Reads what the packet path wrote into `events` (maps/events.h), also while no daemon ran.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/event.hpp"
#include "kernel/bpf/map.hpp"
#include "kernel/bpf/pins.hpp"
#include "kernel/bpf/ring.hpp"
#include "maps/events.h"
#include "maps/ports.h"
#include "maps/rules.h"

namespace sluice {

class EventRing {
 public:
  static Result<std::shared_ptr<EventRing>> open(const Pins& pins);

  int fd() const { return ring_.fd(); }   // readable: there is something to take
  bool has_more() const { return ring_.has_more(); }
  // At most this many, oldest first.
  Result<std::vector<NatEvent>> take(size_t most);
  // How many found no room, since the tables were made.
  Result<uint64_t> lost() const;

 private:
  EventRing(RingReader ring, UniqueFd counts, BpfMap<uint32_t, sl_object_name> names,
            BpfMap<sl_host_key, uint32_t> hosts)
      : ring_(std::move(ring)),
        counts_(std::move(counts)),
        names_(std::move(names)),
        hosts_(std::move(hosts)) {}
  using RuleNames = std::map<uint32_t, std::string>;   // by number
  NatEvent explained(const sl_event& row, std::chrono::system_clock::time_point boot, RuleNames& names) const;
  std::string name_of(uint32_t object) const;
  std::optional<HostUse> greediest(uint32_t masquerade) const;

  RingReader ring_;
  UniqueFd counts_;   // path_counts (maps/counters.h)
  BpfMap<uint32_t, sl_object_name> names_;
  BpfMap<sl_host_key, uint32_t> hosts_;
};

// A row as a value; `boot` is when CLOCK_BOOTTIME was zero.
NatEvent event_of(const sl_event& row, std::chrono::system_clock::time_point boot);

}   // namespace sluice
