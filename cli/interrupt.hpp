// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <signal.h>

#include <chrono>

#include "base/unique_fd.hpp"

namespace sluice::cli {

// While it lives, the first SIGINT or SIGTERM asks for an end instead of ending the process; the second
// one ends it as usual, unless the terminal has to be put right before: then none does any more, also while
// the process ends. One object at a time.
class Interrupt {
 public:
  enum class Second { kEnds, kAsks };
  explicit Interrupt(Second second = Second::kEnds);
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();

  bool asked() const;
  // Ends early when the end is asked for, or when nobody reads `out_fd` any more.
  void wait(std::chrono::milliseconds time, int out_fd) const;
  // Ends early also with any other signal, and when there is something to read of `also`. False: whoever
  // types has gone.
  bool wait_for_key(std::chrono::milliseconds time, int in_fd, int also = -1) const;

 private:
  UniqueFd wake_;
  Second second_;
  struct sigaction before_int_ {
  }, before_term_{};
};

}   // namespace sluice::cli
