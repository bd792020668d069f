// SPDX-License-Identifier: GPL-2.0-or-later
// A thread that looks after something: when somebody asks for it, and when the last look said so. Who has one
// declares it behind all that its looks use, so that it ends first.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace sluice {

class Worker {
 public:
  using Clock = std::chrono::steady_clock;
  // Answers when the next one is due, though nobody asks; nothing: somebody has to. It is to return soon when
  // a stop is requested, and may take locks under which others call the worker.
  using Look = std::function<std::optional<Clock::time_point>(const std::stop_token&)>;

  explicit Worker(Look look) : look_(std::move(look)) {}
  ~Worker() { end(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // These three are for one thread: its owner's.
  bool is_begun() const { return thread_.joinable(); }
  void want();   // begins the thread, and asks
  void end();    // without a lock that looks take; want() begins it anew

  // A look that begins after this. Without a thread there is none.
  void ask();
  // Until there was a look at what was asked for before. False: that took longer.
  bool await_look(std::chrono::milliseconds patience);

 private:
  void run(const std::stop_token& stop);

  Look look_;
  std::mutex mutex_;
  std::condition_variable_any wake_, looked_;
  uint64_t asked_ = 0, answered_ = 0;
  std::jthread thread_;
};

}   // namespace sluice
