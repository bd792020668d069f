// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "kernel/privileges.hpp"
#include "talk/serve_helper.hpp"

namespace sluice {
namespace {

// What a process is at its first word, as bits of its exit status. It ends there.
enum Witnessed : int {
  kPreparedAsRoot = 1,
  kIsNobody = 2,
  kMayMakeRawSockets = 4,
  kHasOtherRights = 8,
  kSurvivesPipes = 16
};

bool ignores_broken_pipes() { return std::signal(SIGPIPE, SIG_IGN) == SIG_IGN; }

struct Witness {
  Witness(boost::asio::io_context& io, int socket) : Witness(io, socket, 1) {}
  Witness(boost::asio::io_context&, int, uid_t prepared_as) {
    ::_exit((prepared_as == 0 ? kPreparedAsRoot : 0) | (::geteuid() == 65534 ? kIsNobody : 0) |
            (has_capability(CAP_NET_RAW) ? kMayMakeRawSockets : 0) |
            (has_capability(CAP_NET_ADMIN) || has_capability(CAP_SETUID) ? kHasOtherRights : 0) |
            (ignores_broken_pipes() ? kSurvivesPipes : 0));
  }
};

template <class Serve>
int exit_status_of(const Serve& serve) {
  const pid_t child = ::fork();
  if (child == 0) {
    (void)serve();
    ::_exit(255);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

Result<uid_t> who_prepares() { return ::geteuid(); }

TEST(ServeHelper, RightsAreGivenUpBetweenWhatIsPreparedAndTheTalk) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root becomes nobody";
  EXPECT_EQ(exit_status_of([] { return serve_helper<Witness>({.name = "test"}, -1, who_prepares); }),
            kPreparedAsRoot | kIsNobody | kSurvivesPipes);
  EXPECT_EQ(exit_status_of([] { return serve_helper<Witness>({.name = "test"}, -1); }),
            kIsNobody | kSurvivesPipes);
}

TEST(ServeHelper, OneRightIsKeptWhereItIsNamed) {
  if (::geteuid() != 0 || !has_capability(CAP_NET_RAW)) GTEST_SKIP() << "only root has a right to keep";
  const auto keeps = [](bool gives_up_rest) {
    return exit_status_of([=] {
      return serve_helper<Witness>({.name = "test", .right = CAP_NET_RAW, .gives_up_rest = gives_up_rest}, -1,
                                   who_prepares);
    });
  };
  EXPECT_EQ(keeps(false), kPreparedAsRoot | kIsNobody | kMayMakeRawSockets | kSurvivesPipes);
  EXPECT_EQ(keeps(true), kPreparedAsRoot | kIsNobody | kSurvivesPipes);
}

TEST(ServeHelper, WhatCannotBePreparedIsToldAndNothingIsGivenUp) {
  const uid_t before = ::geteuid();
  const auto failed =
      serve_helper<Witness>({.name = "test"}, -1, []() -> Result<uid_t> { return fail("no sockets"); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "no sockets");
  EXPECT_EQ(::geteuid(), before);
}

TEST(ServeHelper, WhatIsThrownIsToldWithTheNameOfThePart) {
  const auto failed = serve_helper<Witness>(
      {.name = "test"}, -1, []() -> Result<> { throw std::runtime_error("a library's word"); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "test: a library's word");
}

}   // namespace
}   // namespace sluice
