// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/nat_records.hpp"

#include <chrono>

#include "show/event_text.hpp"

namespace sluice {

std::optional<NatRecord> record_of(const NatEvent& event) {
  const NatEventNumbers numbers = numbers_of(event);
  if (!numbers.event) return std::nullopt;
  const auto since = event.time.time_since_epoch();
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  return NatRecord{.time = static_cast<uint64_t>(time),
                   .inside = event.inside.bytes(),
                   .outside = event.outside.bytes(),
                   .vrf = event.vrf,
                   .pool = event.rule_number,
                   .limit = event.count,
                   .inside_port = event.inside_port,
                   .outside_port = event.outside_port,
                   .event = static_cast<NatEventNumber>(numbers.event),
                   .quota = static_cast<QuotaNumber>(numbers.quota),
                   .protocol = event.protocol};
}

}   // namespace sluice
