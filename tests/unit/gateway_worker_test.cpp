// SPDX-License-Identifier: GPL-2.0-or-later
// Threads that look after something.
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <mutex>

#include "gateway/worker.hpp"

namespace sluice {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kSoon{60};   // on the slowest machine

TEST(Workers, LookWhenTheyAreAsked) {
  std::atomic<int> looks = 0;
  Worker worker([&](const std::stop_token& /*stop*/) {
    ++looks;
    return std::nullopt;
  });
  worker.ask();
  EXPECT_FALSE(worker.is_begun());
  EXPECT_FALSE(worker.await_look(milliseconds(1))) << "nobody looks";
  for (int asked = 1; asked <= 3; ++asked) {
    worker.want();
    ASSERT_TRUE(worker.await_look(kSoon));
    EXPECT_GE(looks, asked);
  }
  EXPECT_TRUE(worker.is_begun());
}

TEST(Workers, LookAgainWhenItIsDue) {
  std::latch looks{5};
  std::atomic<int> left = 5;
  Worker worker([&](const std::stop_token& /*stop*/) -> std::optional<Worker::Clock::time_point> {
    if (left-- > 0) looks.count_down();
    if (left <= 0) return std::nullopt;
    return Worker::Clock::now() + milliseconds(1);
  });
  worker.want();
  looks.wait();
}

TEST(Workers, LookOnceMoreAtWhatChangedDuringALook) {
  std::mutex mutex;
  int wanted = 0, seen = 0;
  Worker worker([&](const std::stop_token& /*stop*/) {
    const std::lock_guard lock(mutex);
    seen = wanted;
    return Worker::Clock::now() + hours(1);
  });
  for (int value = 1; value <= 1000; ++value) {
    {
      const std::lock_guard lock(mutex);   // as keepers do
      wanted = value;
      worker.want();
    }
    if (value % 10 != 0) continue;
    ASSERT_TRUE(worker.await_look(kSoon));
    const std::lock_guard lock(mutex);
    EXPECT_EQ(seen, value);
  }
}

TEST(Workers, EndWhateverTheyWaitForAndBeginAnew) {
  std::atomic<bool> is_stopped = false;
  std::latch looks{2};
  Worker worker([&](const std::stop_token& stop) {
    if (!looks.try_wait()) looks.count_down();
    is_stopped = stop.stop_requested();
    return Worker::Clock::now() + hours(1);
  });
  worker.end();
  worker.want();
  ASSERT_TRUE(worker.await_look(kSoon));
  worker.end();
  EXPECT_FALSE(worker.is_begun());
  worker.want();
  ASSERT_TRUE(worker.await_look(kSoon));
  looks.wait();
  EXPECT_FALSE(is_stopped);
}

TEST(Workers, TellALookThatTheyEnd) {
  std::latch begun{1};
  std::atomic<bool> was_told = false;
  {
    Worker worker([&](const std::stop_token& stop) {
      begun.count_down();
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any nobody;
      was_told = !nobody.wait_for(lock, stop, kSoon, [] { return false; }) && stop.stop_requested();
      return std::nullopt;
    });
    worker.want();
    begun.wait();
  }
  EXPECT_TRUE(was_told);
}

}   // namespace
}   // namespace sluice
