// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

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

}   // namespace sluice
