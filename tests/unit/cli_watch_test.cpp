// SPDX-License-Identifier: GPL-2.0-or-later
// --watch, its end, and what becomes of standard output.
#include <fcntl.h>
#include <signal.h>

#include "cli_rig.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

struct Watch : CliTest {
  Watch() {
    ::signal(SIGPIPE, SIG_IGN);
    daemon.service.answers.insert({"show drops", json{{"drops", json::array()}}});
  }
  size_t asked() {
    size_t count = 0;
    daemon.in_loop([&] { count = daemon.service.calls.size(); });
    return count;
  }
  // Interrupts the process (its first interruption is the verb's business) when the daemon is asked again.
  void interrupt_at_call(size_t number) {
    daemon.service.before_answer = [this, number](std::string_view) {
      if (daemon.service.calls.size() == number) ::kill(::getpid(), SIGINT);
    };
  }
};

TEST_F(Watch, appends_where_there_is_no_terminal_and_ends_cleanly) {
  interrupt_at_call(3);
  const auto ran = run({"show", "drops", "--watch=1"});
  EXPECT_EQ(ran.status, kExitDone);
  EXPECT_EQ(ran.err, "");
  const std::string header = "REASON  STAGE  INTERFACE  PACKETS  BYTES  WHAT\n";
  EXPECT_EQ(ran.out, header + "\n" + header);
}

TEST_F(Watch, waits_for_a_daemon_that_is_restarted) {
  daemon.service.before_answer = [this](std::string_view) {
    if (daemon.service.calls.size() == 2)
      daemon.service.answers.insert_or_assign("show drops", ApiResult(std::unexpect, Error{"starting"}));
    if (daemon.service.calls.size() == 3)
      daemon.service.answers.insert_or_assign("show drops", json{{"drops", {{{"number", 1}}}}});
    if (daemon.service.calls.size() == 4) ::kill(::getpid(), SIGINT);
  };
  const auto ran = run({"show", "drops", "--watch=1", "-o", "jsonl"});
  EXPECT_EQ(ran.status, kExitDone);
  EXPECT_EQ(ran.err, "sluice: starting\n");
  EXPECT_EQ(ran.out, "{\"number\":1,\"schema_version\":1}\n");
}

TEST_F(Watch, refuses_a_pause_that_is_none) {
  for (const std::string pause : {"0", "-1", "x", "1s", "99999999999", ""})
    EXPECT_EQ(run({"show", "drops", "--watch=" + pause}).status, kExitUsage) << pause;
  EXPECT_EQ(asked(), 0u);
}

TEST_F(Watch, ends_when_its_reader_has_gone) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  UniqueFd reader(ends[0]), writer(ends[1]);
  const Memory in, err;
  Console console(in.fd(), writer.get(), err.fd());
  daemon.service.before_answer = [&](std::string_view) { reader.reset(); };
  const std::vector<std::string> words = {"--socket", daemon.socket().native(), "show", "drops",
                                          "--watch=3600"};
  EXPECT_EQ(run_cli(words, console, machine), kExitDone);
  EXPECT_EQ(err.text(), "");
}

TEST_F(Watch, tells_of_a_full_disk) {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const Memory in, err;
  Console console(in.fd(), full.get(), err.fd());
  const std::vector<std::string> words = {"version"};
  EXPECT_EQ(run_cli(words, console, machine), kExitFailed);
  EXPECT_EQ(err.text(), "sluice: write to standard output: No space left on device\n");
}

// A pseudo terminal, as a user has one.
TEST_F(Watch, draws_anew_on_a_terminal) {
  UniqueFd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_EQ(::grantpt(master.get()), 0);
  ASSERT_EQ(::unlockpt(master.get()), 0);
  const UniqueFd terminal(::open(::ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  ::setenv("TERM", "xterm", 1);
  ::unsetenv("NO_COLOR");
  const Memory in, err;
  Console console(in.fd(), terminal.get(), err.fd());
  EXPECT_TRUE(console.colour());
  interrupt_at_call(2);
  const std::vector<std::string> words = {"--socket", daemon.socket().native(), "show", "drops", "--watch=1"};
  EXPECT_EQ(run_cli(words, console, machine), kExitDone);
  char text[4096];
  const auto got = ::read(master.get(), text, sizeof(text));
  ASSERT_GT(got, 0);
  const std::string shown(text, static_cast<size_t>(got));
  EXPECT_TRUE(shown.starts_with("\033[H\033[2Jsluice show drops, every 1 s, ")) << shown;
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(Console(in.fd(), terminal.get(), err.fd()).colour());
  ::unsetenv("NO_COLOR");
}

}   // namespace
}   // namespace sluice::cli
