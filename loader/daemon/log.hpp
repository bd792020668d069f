// SPDX-License-Identifier: GPL-2.0-or-later
// Logging to standard error; under systemd each line starts with its priority (sd-daemon(3)) and journald
// adds the time.
#pragma once

namespace sluice {

void set_up_logging();
bool logs_to_journal();   // standard error is the journal: systemd said so

}   // namespace sluice
