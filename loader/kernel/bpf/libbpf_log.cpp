// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/libbpf_log.hpp"

#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <deque>
#include <sstream>
#include <utility>

namespace sluice {
namespace {

constexpr size_t kLinesTold = 4;
constexpr size_t kKeep = 1 << 16;   // a verifier log can be megabytes; its end says why

thread_local std::string* listener = nullptr;

// The verifier's log comes as one message, so there is no length that is long enough for all.
std::string formatted(const char* format, va_list arguments) {
  va_list twice;
  va_copy(twice, arguments);
  std::string text(static_cast<size_t>(std::max(std::vsnprintf(nullptr, 0, format, twice), 0)), '\0');
  va_end(twice);
  std::vsnprintf(text.data(), text.size() + 1, format, arguments);
  return text;
}

void keep(const char* format, va_list arguments) {
  if (!listener) return;
  listener->append(formatted(format, arguments));
  if (listener->size() > kKeep) listener->erase(0, listener->size() - kKeep);
}

int on_libbpf(libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_DEBUG) keep(format, arguments);
  return 0;
}

int on_libxdp(libxdp_print_level level, const char* format, va_list arguments) {
  if (level != LIBXDP_DEBUG) keep(format, arguments);
  return 0;
}

bool is_worth_telling(const std::string& line) {
  return !line.empty() && line.find("-- BEGIN") == std::string::npos &&
         line.find("-- END") == std::string::npos && line.find("processed ") != 0 &&
         line.find("skipping unrecognized") == std::string::npos &&
         line.find("failed to load object") == std::string::npos && line[0] != ';' &&
         !std::isdigit(static_cast<unsigned char>(line[0]));
}

}   // namespace

LibbpfLog::LibbpfLog() : outer_(std::exchange(listener, &text_)) {}

LibbpfLog::~LibbpfLog() { listener = outer_; }

// The last lines: libraries tell the cause first and what failed because of it after that.
std::string LibbpfLog::reason() const {
  std::istringstream lines(text_);
  std::deque<std::string> told;
  for (std::string line; std::getline(lines, line);) {
    if (!is_worth_telling(line) || (!told.empty() && told.back() == line)) continue;
    told.push_back(line);
    if (told.size() > kLinesTold) told.pop_front();
  }
  std::string reason;
  for (const std::string& line : told) reason += reason.empty() ? line : "; " + line;
  return reason;
}

void silence_libbpf() {
  libbpf_set_print(on_libbpf);
  libxdp_set_print(on_libxdp);
}

}   // namespace sluice
