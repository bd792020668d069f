// SPDX-License-Identifier: GPL-2.0-or-later
// Where log entries with fields go: under systemd to the journal, otherwise one line of JSON each to standard
// error.
#pragma once

#include <vector>

#include "show/event_text.hpp"

namespace sluice {

void log_entries(const std::vector<EventEntry>& entries);

}   // namespace sluice
