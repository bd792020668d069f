// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>

#include "show/log_subject.hpp"

namespace sluice {
namespace {

bool send_to_journal(std::vector<std::string> fields) {
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

int priority_of(spdlog::level::level_enum level) {
  if (level >= spdlog::level::err) return LOG_ERR;
  return level == spdlog::level::warn ? LOG_WARNING : LOG_INFO;
}

// A line that names an object is an entry with that as a field. The others go to standard error with the
// priority in front (sd-daemon(3)): of a process that ends at once the journal knows the unit only there.
class JournalSink final : public spdlog::sinks::base_sink<std::mutex> {
 private:
  void sink_it_(const spdlog::details::log_msg& line) override {
    const std::string text(line.payload.data(), line.payload.size());
    const int priority = priority_of(line.level);
    std::vector<std::string> fields = subject_fields(text);
    if (!fields.empty()) {
      fields.insert(fields.end(),
                    {"MESSAGE=" + text, fmt::format("PRIORITY={}", priority), "SYSLOG_IDENTIFIER=sluiced"});
      if (send_to_journal(std::move(fields))) return;
    }
    write_to_stderr(fmt::format("<{}>{}\n", priority, text));
  }
  void flush_() override {}
};

bool send_event(const EventEntry& entry) {
  std::vector<std::string> fields = journal_fields(entry);
  for (std::string& field : subject_fields(entry.message)) fields.push_back(std::move(field));
  return send_to_journal(std::move(fields));
}

}   // namespace

bool logs_to_journal() { return std::getenv("JOURNAL_STREAM") != nullptr; }

void set_up_logging() {
  if (logs_to_journal()) {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("sluiced", std::make_shared<JournalSink>()));
    return;
  }
  spdlog::set_default_logger(spdlog::stderr_logger_st("sluiced"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S%z %l: %v");
  spdlog::flush_on(spdlog::level::info);
}

void log_entries(const std::vector<EventEntry>& entries) {
  const bool journal = logs_to_journal();
  std::string lines;
  for (const EventEntry& entry : entries)
    if (!journal || !send_event(entry)) lines += json_line(entry) + '\n';
  write_to_stderr(lines);
}

}   // namespace sluice
