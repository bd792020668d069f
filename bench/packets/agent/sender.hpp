// SPDX-License-Identifier: GPL-2.0-or-later
// A thread that is inside one long BPF_PROG_TEST_RUN with live frames.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "base/result.hpp"
#include "end.hpp"

namespace sluice::bench {

class Sender {
 public:
  // `count` packets at most; the thread is bound to `core` and asks for the best nice level.
  Sender(const End& end, int core, uint32_t count);
  ~Sender();

  bool done() const { return done_; }
  // Seconds for which the thread was ready but others had its core: so far, or over all once it is done.
  double waited() const;
  // Ends the run if it still goes on, and says how it went.
  Result<> finish();

 private:
  void work(const End& end, int core, uint32_t count);
  std::atomic<bool> done_ = false;
  std::atomic<int> tid_ = 0;
  std::atomic<double> waited_ = 0;   // over all, once it is done
  Result<> outcome_;
  std::thread thread_;
};

}   // namespace sluice::bench
