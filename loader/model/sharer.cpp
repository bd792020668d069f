// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/sharer.hpp"

#include "model/queues.hpp"

namespace sluice {

Sharer sharer_of(const Document& document, const Interface& interface, uint16_t number) {
  const bool is_own = number == kOtherQueue;
  for (const Pod& pod : document.pods)
    if (pod.bandwidth && (is_own ? pod.device == interface.name : pod.queue == number)) return {.pod = &pod};
  for (const Vrf& vrf : document.vrfs)
    if (is_own ? vrf.bandwidth && vrf.name == interface.vrf : vrf.table == number) return {.vrf = &vrf};
  return {};
}

}   // namespace sluice
