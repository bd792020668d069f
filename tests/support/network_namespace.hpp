// SPDX-License-Identifier: GPL-2.0-or-later
// Runs part of a test in a network namespace of its own: a child process leaves the machine's namespace,
// so that nothing of the test can reach it, and the namespace ends with the child.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>

namespace sluice::test {

inline constexpr int kNotPermitted = 77;

[[noreturn]] inline void run_in_child(const std::function<void()>& body) {
  if (::unshare(CLONE_NEWNET) < 0) ::_exit(kNotPermitted);
  body();
  std::fflush(nullptr);
  ::_exit(testing::Test::HasFailure() ? 1 : 0);
}

// 0, 1 when an expectation of `body` failed, kNotPermitted, or 128 and more for a crash.
inline int in_own_network(const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) run_in_child(body);
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}   // namespace sluice::test

// TEST_IN_NETWORK(Suite, Name) { ... } is a TEST whose body runs in a namespace of its own; skipped where
// that is not permitted. ASSERT_* end the body as usual.
#define TEST_IN_NETWORK(suite, name)                                                                 \
  static void suite##_##name##_body();                                                               \
  TEST(suite, name) {                                                                                \
    const int status = ::sluice::test::in_own_network(suite##_##name##_body);                        \
    if (status == ::sluice::test::kNotPermitted) GTEST_SKIP() << "may not make a network namespace"; \
    EXPECT_EQ(status, 0) << "see the failures above";                                                \
  }                                                                                                  \
  static void suite##_##name##_body()
