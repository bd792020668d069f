// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/event_log.hpp"

#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "daemon/log.hpp"

namespace sluice {
namespace {

bool send_to_journal(const EventEntry& entry) {
  std::vector<std::string> fields = journal_fields(entry);
  std::vector<iovec> parts;
  parts.reserve(fields.size());
  for (std::string& field : fields) parts.push_back({field.data(), field.size()});
  return sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) == 0;
}

// In one call, so that lines of others do not come between.
void write_to_stderr(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

}   // namespace

void log_entries(const std::vector<EventEntry>& entries) {
  const bool journal = logs_to_journal();
  std::string lines;
  for (const EventEntry& entry : entries)
    if (!journal || !send_to_journal(entry)) lines += json_line(entry) + '\n';
  write_to_stderr(lines);
}

}   // namespace sluice
