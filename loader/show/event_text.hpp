// SPDX-License-Identifier: GPL-2.0-or-later
// Events of translation as log entries, with the fields of RFC 8158 section 4.1. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/event.hpp"

namespace sluice {

struct EventEntry {
  int priority;          // syslog(3)
  std::string_view id;   // of the message: 32 hexadecimal digits, the same for all entries of a kind
  std::string message;
  nlohmann::ordered_json fields;   // names and plain values
};

// natEvent and natQuotaExceededEvent of RFC 8158 section 4.2; 0: there is none.
struct NatEventNumbers {
  uint8_t event = 0, quota = 0;
};
NatEventNumbers numbers_of(const NatEvent& event);

EventEntry entry_of(const NatEvent& event);
EventEntry entry_of_lost(uint64_t lost, std::chrono::system_clock::time_point time);

// One line of JSON, without its end.
std::string json_line(const EventEntry& entry);
// NAME=value for sd_journal_sendv(3): the fields as SLUICE_NAME.
std::vector<std::string> journal_fields(const EventEntry& entry);

// Rows for `status`: the fields of the log with the sentence as "text".
nlohmann::json json_of(const std::vector<NatEvent>& shortages);
}   // namespace sluice
