// SPDX-License-Identifier: GPL-2.0-or-later
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "base/exit_status.hpp"
#include "daemon/daemon.hpp"
#include "daemon/log.hpp"
#include "kernel/bpf/libbpf_log.hpp"

int main(int argc, char** argv) try {
  using namespace sluice;
  const auto options = read_options(argc, argv);
  if (!options) {
    std::fprintf(stderr, "sluiced: %s\n", options.error().message.c_str());
    return kExitUsage;
  }
  if (options->help || options->version) {
    std::fputs(options->help ? usage_text().c_str() : "sluiced " SLUICE_VERSION "\n", stdout);
    return kExitDone;
  }
  std::signal(SIGPIPE, SIG_IGN);
  set_up_logging();
  silence_libbpf();
  const auto ended = run_daemon(*options);
  if (ended) return kExitDone;
  const bool denied = ended.error().kind == ErrorKind::kNotPermitted;
  spdlog::critical(
      "{}{}", ended.error().message,
      denied ? " (sluiced runs as root, or with CAP_NET_ADMIN, and for eBPF CAP_BPF and CAP_PERFMON)" : "");
  return exit_status(ended.error().kind);
} catch (const std::exception& error) {
  std::fprintf(stderr, "sluiced: %s\n", error.what());
  return 1;
}
