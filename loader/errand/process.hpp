// SPDX-License-Identifier: GPL-2.0-or-later
// Processes that do one thing outside for the daemon and end: as nobody, with a /tmp of their own.
#pragma once

#include <string>

#include "kernel/helper.hpp"

namespace sluice {

// `trusted`: a file of certificates (PEM) in place of those that programs trust; empty: the system's.
Result<Helper> start_errand(const std::string& instance, const std::string& verb,
                            const std::string& description, const std::string& trusted);

// A child that is ended with this object, and waited for.
class EndedProcess {
 public:
  explicit EndedProcess(pid_t child) : child_(child) {}
  EndedProcess(const EndedProcess&) = delete;
  EndedProcess& operator=(const EndedProcess&) = delete;
  ~EndedProcess();
  // Until it ends by itself: its exit status; -1: none.
  int wait();

 private:
  pid_t child_;
};

}   // namespace sluice
