// SPDX-License-Identifier: GPL-2.0-or-later
// Daemons that others wrote (FRR, HAProxy): each runs as a user of its own, and a file has its number.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace sluice {

struct UserIds {
  uid_t user;
  gid_t group;
};

// Nothing: there is no such user.
std::optional<UserIds> find_user(const char* name);

// One that is there stays as it is.
Result<> make_folder(const std::filesystem::path& path, mode_t mode);

struct OtherDaemon {
  std::filesystem::path pid_file;   // written by that user, so what it names is looked at
  const char* user;
  std::filesystem::path argument;   // of its command line: no other process has it
};

// Its number. Nothing: it does not run, or has begun to end, when it has no command line any more.
std::optional<int> find_process(const OtherDaemon& daemon);
// Failure: it does not run.
Result<> signal_process(const OtherDaemon& daemon, int signal);
// SIGTERM, and SIGKILL after that time. Its descriptor tells when it has ended, and with it, in a process
// namespace, all that it had started.
Result<> end_process(const OtherDaemon& daemon, std::chrono::milliseconds patience);

}   // namespace sluice
