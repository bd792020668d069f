// SPDX-License-Identifier: GPL-2.0-or-later
// The command line of sluiced.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace sluice {

struct DaemonOptions {
  std::optional<std::filesystem::path> config;
  std::filesystem::path socket = "/run/sluice/sluice.sock";
  std::filesystem::path state = "/var/lib/sluice";
  std::filesystem::path pins = "/sys/fs/bpf/sluice";
  int64_t revisions_kept = 100;
  std::string raw_socket;   // "ipv4" or "ipv6": makes one for a sluiced that may not, and ends
  bool help = false, version = false;
};

Result<DaemonOptions> read_options(int argc, char** argv);
std::string usage_text();

}   // namespace sluice
