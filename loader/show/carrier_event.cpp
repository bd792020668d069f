// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/carrier_event.hpp"

#include <fmt/format.h>
#include <syslog.h>

#include "base/text.hpp"

namespace sluice {
namespace {

constexpr std::string_view kCarrierLostId = "500e06a778834d7b9d0a98875f37a1c0";
constexpr std::string_view kCarrierFoundId = "e06815eee2e64c1985da1d2601e3e3cf";

}   // namespace

EventEntry entry_of(const CarrierTurn& turn, std::chrono::system_clock::time_point time) {
  const std::string name = turn.zone.empty()
                               ? fmt::format("port \"{}\" of bridge \"{}\"", turn.device, turn.bridge)
                               : fmt::format("interface \"{}\"", turn.device);
  EventEntry entry{
      turn.is_there ? LOG_NOTICE : LOG_WARNING,
      turn.is_there ? kCarrierFoundId : kCarrierLostId,
      fmt::format("{} {}", name,
                  turn.is_there ? "has a carrier again"
                                : "has no carrier: the cable is out, or what is at its other end is off"),
      {{"time", rfc3339_milliseconds(time)},
       {"event", turn.is_there ? "carrier-found" : "carrier-lost"},
       {"interface", turn.device}}};
  if (turn.zone.empty())
    entry.fields["bridge"] = turn.bridge;
  else
    entry.fields["zone"] = turn.zone;
  return entry;
}

}   // namespace sluice
