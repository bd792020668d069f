// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/worker.hpp"

#include "base/without_signals.hpp"

namespace sluice {

void Worker::want() {
  ask();
  if (is_begun()) return;
  const WithoutSignals without;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Worker::end() {
  thread_ = {};   // requests a stop, and waits
}

void Worker::ask() {
  const std::lock_guard lock(mutex_);
  ++asked_;
  wake_.notify_all();
}

bool Worker::await_look(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return looked_.wait_for(lock, patience, [this, asked = asked_] { return answered_ >= asked; });
}

// What is asked for during a look needs another one.
void Worker::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const uint64_t asked = asked_;
    lock.unlock();
    const auto next = look_(stop);
    lock.lock();
    answered_ = asked;
    looked_.notify_all();
    const auto is_asked = [this] { return asked_ != answered_; };
    if (next)
      wake_.wait_until(lock, stop, *next, is_asked);
    else
      wake_.wait(lock, stop, is_asked);
  }
}

}   // namespace sluice
