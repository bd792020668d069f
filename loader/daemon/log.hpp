// SPDX-License-Identifier: GPL-2.0-or-later
// Logging: lines on standard error, and under systemd entries of the journal, with what they are about as
// fields.
#pragma once

#include <vector>

#include "show/event_text.hpp"

namespace sluice {

void set_up_logging();
bool logs_to_journal();   // standard error is the journal: systemd said so

// Where log entries with fields go: under systemd to the journal, otherwise one line of JSON each to standard
// error.
void log_entries(const std::vector<EventEntry>& entries);

}   // namespace sluice
