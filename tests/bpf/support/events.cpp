// SPDX-License-Identifier: GPL-2.0-or-later
#include "events.hpp"

#include <bpf/libbpf.h>

#include <cstring>

namespace sluice::test {

std::vector<sl_event> take_events(Lab& lab) {
  std::vector<sl_event> events;
  const auto keep = [](void* list, void* data, size_t) {
    sl_event event;
    std::memcpy(&event, data, sizeof(event));
    static_cast<std::vector<sl_event>*>(list)->push_back(event);
    return 0;
  };
  ring_buffer* ring = ring_buffer__new(lab.map("events"), keep, &events, nullptr);
  ring_buffer__consume(ring);
  ring_buffer__free(ring);
  return events;
}

}   // namespace sluice::test
