// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sched.h>

#include <barrier>
#include <thread>
#include <vector>

namespace sluice::test {

inline void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu % static_cast<int>(std::thread::hardware_concurrency()), &set);
  sched_setaffinity(0, sizeof(set), &set);
}

// Every thread does the same work at the same time, each on a CPU of its own.
template <class Work>
void in_parallel(int count, Work work) {
  std::barrier start(count);
  std::vector<std::thread> threads;
  for (int n = 0; n < count; ++n)
    threads.emplace_back([&, n] {
      pin_to(n);
      start.arrive_and_wait();
      work(n);
    });
  for (std::thread& thread : threads) thread.join();
}

}   // namespace sluice::test
