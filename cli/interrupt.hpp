// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <signal.h>

#include <chrono>

#include "base/unique_fd.hpp"

namespace sluice::cli {

// While it lives, the first SIGINT or SIGTERM asks for an end instead of ending the process; the second
// one ends it as usual. One object at a time.
class Interrupt {
 public:
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();

  bool asked() const;
  // Ends early when the end is asked for, or when nobody reads `out_fd` any more.
  void wait(std::chrono::milliseconds time, int out_fd) const;

 private:
  UniqueFd wake_;
  struct sigaction before_int_ {
  }, before_term_{};
};

}   // namespace sluice::cli
