// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/queues.hpp"

#include <algorithm>

#include "model/document.hpp"

namespace sluice {
namespace {

constexpr uint64_t kBitsOfAByte = 8;

const Bandwidth* bandwidth_of(const Document& document, std::string_view vrf) {
  for (const Vrf& one : document.vrfs)
    if (one.name == vrf) return one.bandwidth ? &*one.bandwidth : nullptr;
  return nullptr;
}

const Bandwidth* bandwidth_of(const Document& document, const Interface& interface) {
  return interface.share ? &interface.share->bandwidth : bandwidth_of(document, interface.vrf);
}

// A tenant gets no more by its own interface than it may have.
std::optional<uint64_t> rate_of(const Document& document, const Interface& interface) {
  const Bandwidth* own = bandwidth_of(document, interface);
  if (!own || !own->maximum) return interface.rate;
  return std::min(*own->maximum, interface.rate.value_or(*own->maximum));
}

}   // namespace

std::optional<Queues> queues_of(const Document& document, const Interface& interface) {
  const auto bits = rate_of(document, interface);
  if (!bits) return std::nullopt;
  Queues queues{.rate = *bits / kBitsOfAByte, .classes = {}};
  uint64_t others = queues.rate;
  const auto add = [&](uint16_t number, const Bandwidth& bandwidth) {
    const uint64_t guaranteed = bandwidth.guaranteed / kBitsOfAByte;
    const uint64_t maximum = std::min(queues.rate, bandwidth.maximum.value_or(*bits) / kBitsOfAByte);
    queues.classes.insert({number, std::max<uint64_t>(std::min(guaranteed, maximum), 1), maximum});
    others -= std::min(others, guaranteed);
  };
  if (!bandwidth_of(document, interface)) {
    for (const Vrf& vrf : document.vrfs)
      if (vrf.bandwidth) add(vrf.table, *vrf.bandwidth);
    for (const Interface& one : document.interfaces)
      if (one.share) add(one.share->queue, one.share->bandwidth);
  }
  queues.classes.insert({kOtherQueue, std::max<uint64_t>(others, 1), queues.rate});
  return queues;
}

bool has_queue(const Document& document, const Interface& interface) {
  return bandwidth_of(document, interface) != nullptr;
}

}   // namespace sluice
