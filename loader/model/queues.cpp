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

// A tenant gets no more by its own interface than it may have.
std::optional<uint64_t> rate_of(const Document& document, const Interface& interface) {
  const Bandwidth* own = bandwidth_of(document, interface.vrf);
  if (!own || !own->maximum) return interface.rate;
  return std::min(*own->maximum, interface.rate.value_or(*own->maximum));
}

}   // namespace

std::optional<Queues> queues_of(const Document& document, const Interface& interface) {
  const auto bits = rate_of(document, interface);
  if (!bits) return std::nullopt;
  Queues queues{.rate = *bits / kBitsOfAByte, .classes = {}};
  uint64_t others = queues.rate;
  const bool is_tenants = bandwidth_of(document, interface.vrf) != nullptr;
  for (const Vrf& vrf : document.vrfs) {
    if (!vrf.bandwidth || is_tenants) continue;
    const uint64_t guaranteed = vrf.bandwidth->guaranteed / kBitsOfAByte;
    const uint64_t maximum = std::min(queues.rate, vrf.bandwidth->maximum.value_or(*bits) / kBitsOfAByte);
    queues.classes.insert({vrf.table, std::min(guaranteed, maximum), maximum});
    others -= std::min(others, guaranteed);
  }
  queues.classes.insert({kOtherQueue, std::max<uint64_t>(others, 1), queues.rate});
  return queues;
}

bool has_queue(const Document& document, const Interface& interface) {
  return bandwidth_of(document, interface.vrf) != nullptr;
}

}   // namespace sluice
