// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/libbpf_log.hpp"

#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include <array>
#include <cstdio>
#include <sstream>

namespace sluice {
namespace {

constexpr size_t kKeep = 1 << 16;   // a verifier log can be megabytes; its end says why

thread_local std::string* listener = nullptr;

void keep(const char* format, va_list arguments) {
  if (!listener) return;
  std::array<char, 4096> line{};
  std::vsnprintf(line.data(), line.size(), format, arguments);
  listener->append(line.data());
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
  return !line.empty() && line.find("-- BEGIN") == std::string::npos && line.find("-- END") == std::string::npos &&
         line.find("processed ") != 0 && line[0] != ';' && !std::isdigit(static_cast<unsigned char>(line[0]));
}

}  // namespace

LibbpfLog::LibbpfLog() { listener = new std::string; }

LibbpfLog::~LibbpfLog() {
  delete listener;
  listener = nullptr;
}

std::string LibbpfLog::reason() const {
  std::istringstream lines(*listener);
  std::string reason, line;
  for (int told = 0; told < 3 && std::getline(lines, line);) {
    if (!is_worth_telling(line)) continue;
    reason += reason.empty() ? line : "; " + line;
    ++told;
  }
  return reason;
}

void silence_libbpf() {
  libbpf_set_print(on_libbpf);
  libxdp_set_print(on_libxdp);
}

}  // namespace sluice
