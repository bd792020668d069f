// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of one packet, and what was told of it.
#pragma once

#include <string>
#include <vector>

#include "support/bpf_test.hpp"
#include "support/events.hpp"

namespace sluice::test {

class DropReason : public HookTest {
 protected:
  const Ip4 out{.src = kInside, .dst = kFar};
  const Ip4 in{.src = kFar, .dst = kWanAddress};

  std::string what(At device, const Layers& layers, Metadata beside = {}) {
    return from(device, layers, beside).what;
  }
  std::vector<int> told() {
    std::vector<int> kinds;
    for (const sl_event& event : take_events(lab)) kinds.push_back(event.kind);
    return kinds;
  }
  std::string what_of_bytes(At device, const Bytes& frame) {
    return lab.arrive_bytes(GetParam(), device, frame).what;
  }
};

}   // namespace sluice::test
