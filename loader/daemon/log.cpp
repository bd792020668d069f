// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <cstdlib>

namespace sluice {

namespace {

// syslog(3) priorities as "<N>", which journald takes off again.
class Priority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const char* prefix = message.level >= spdlog::level::err    ? "<3>"
                         : message.level == spdlog::level::warn ? "<4>"
                                                                : "<6>";
    out.append(prefix, prefix + 3);
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<Priority>(); }
};

}   // namespace

bool logs_to_journal() { return std::getenv("JOURNAL_STREAM") != nullptr; }

void set_up_logging() {
  spdlog::set_default_logger(spdlog::stderr_logger_st("sluiced"));
  if (logs_to_journal()) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<Priority>('*').set_pattern("%*%v");
    spdlog::set_formatter(std::move(formatter));
  } else {
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S%z %l: %v");
  }
  spdlog::flush_on(spdlog::level::info);
}

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
