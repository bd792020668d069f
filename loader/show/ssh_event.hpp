// SPDX-License-Identifier: GPL-2.0-or-later
// Connections to boxes as log entries. Pure.
#pragma once

#include <chrono>

#include "gateway/ssh_watch.hpp"
#include "show/event_text.hpp"

namespace sluice {

// `time`: when it was seen.
EventEntry entry_of(const SshConnection& connection, std::chrono::system_clock::time_point time);
// Of so many that were seen at once with those that are told one by one.
EventEntry entry_of_more_connections(size_t count, std::chrono::system_clock::time_point time);

}   // namespace sluice
