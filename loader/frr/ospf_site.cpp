// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/ospf_site.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "base/file.hpp"
#include "frr/installation.hpp"
#include "frr/ospf_config.hpp"
#include "frr/ospf_relay.hpp"
#include "kernel/program.hpp"

namespace sluice {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kMostMemory = "--data=268435456";   // bytes, of a daemon that a site may fill

Result<> run_ip(Words words) {
  const auto ip = find_program("ip");
  if (!ip) return fail("ip is not installed: install the package iproute2");
  words.insert(words.begin(), *ip);
  return run_program(words);
}

Result<> set_up_namespace(OspfRelay& relay, const OspfSite& site) {
  const std::string name(kOspfDevice), own = site.own.to_string() + "/32";
  if (::unshare(CLONE_NEWNET) != 0) return fail_errno("make a network namespace", errno);
  TRY(relay.make_device(name));
  TRY(run_ip({"link", "set", "lo", "up"}));
  TRY(run_ip({"addr", "add", own, "dev", name}));
  TRY(run_ip({"link", "set", name, "mtu", fmt::to_string(relay.mtu()), "multicast", "on", "up"}));
  return run_ip({"route", "add", site.site.to_string(), "dev", name});
}

Result<> start_daemon(std::string_view name, const OspfSite& site) {
  Words words{TRY(find_frr_program(name)),
              "-d",
              "-u",
              kFrrUser,
              "-g",
              kFrrUser,
              "-f",
              site.config,
              "-i",
              site.folder / fmt::format("{}.pid", name),
              "--vty_socket",
              site.folder,
              "-z",
              site.folder / "zserv.api",
              "-P",
              "0"};
  if (const auto limits = find_program("prlimit")) words.insert(words.begin(), {*limits, kMostMemory});
  return run_program(words);
}

// It is needed for nothing more than what is open already.
Result<> become_frr() {
  const UserIds frr = TRY(find_frr_user());
  if (::setgroups(0, nullptr) == 0 && ::setresgid(frr.group, frr.group, frr.group) == 0 &&
      ::setresuid(frr.user, frr.user, frr.user) == 0)
    return {};
  return fail_errno(fmt::format("become user {}", kFrrUser), errno);
}

// A child that has ended is one of the daemons.
Result<> carry_until_the_end(OspfRelay& relay, int signals) {
  std::array<pollfd, 3> wanted{
      pollfd{relay.tunnel(), POLLIN, 0}, {relay.device(), POLLIN, 0}, {signals, POLLIN, 0}};
  while (true) {
    if (::poll(wanted.data(), wanted.size(), -1) < 0 && errno != EINTR)
      return fail_errno("wait for OSPF", errno);
    if (wanted[0].revents) relay.carry_in();
    if (wanted[1].revents) TRY(relay.carry_out());
    signalfd_siginfo signal{};
    if (!wanted[2].revents || ::read(signals, &signal, sizeof(signal)) != sizeof(signal)) continue;
    if (signal.ssi_signo == SIGTERM) return {};
    if (::waitpid(-1, nullptr, WNOHANG) > 0) return fail("a daemon of FRR has ended");
  }
}

UniqueFd signals_to_read() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &wanted, nullptr);
  return UniqueFd(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
}

void say_nothing_more() {
  const UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing.get(), stream);
}

// The first process of a process namespace: with it end all that are in there.
Result<> be_the_site(const OspfSite& site, UniqueFd& ready) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);   // until it is somebody else
  auto relay = TRY(OspfRelay::open(site.device, site.own, site.site));
  TRY(set_up_namespace(relay, site));
  for (const char* name : {"zebra", "staticd", "ospfd"}) TRY(start_daemon(name, site));
  const UniqueFd signals = signals_to_read();
  TRY(become_frr());
  if (!site.in_background) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  (void)!::write(ready.get(), "", 1);
  ready.reset();
  if (site.in_background) say_nothing_more();
  return carry_until_the_end(relay, signals.get());
}

// By the pipe, as long as somebody waits there.
int tell_end(const Result<>& ended, const UniqueFd& ready) {
  if (ended) return 0;
  const std::string& why = ended.error().message;
  if (!ready || ::write(ready.get(), why.data(), why.size()) < 0) fmt::print(stderr, "{}\n", why);
  return 1;
}

// An empty byte when the daemons run, or why they do not.
Result<> wait_for_ready(int from) {
  std::array<char, 512> told{};
  const ssize_t size = ::read(from, told.data(), told.size());
  if (size > 0 && told[0] == '\0') return {};
  return fail(size > 0 ? std::string(told.data(), static_cast<size_t>(size)) : "it has ended");
}

}   // namespace

Result<> run_ospf_site(const OspfSite& site) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("make a pipe", errno);
  if (::unshare(CLONE_NEWPID) != 0) return fail_errno("make a process namespace", errno);
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("make a process", errno);
  UniqueFd ready(ends[1]), from(ends[0]);
  if (child == 0) ::_exit(tell_end(be_the_site(site, ready), ready));
  ready.reset();
  TRY(write_file_atomically(site.folder / kOspfPidFile, fmt::format("{}\n", child), 0644));
  TRY(wait_for_ready(from.get()));
  if (site.in_background) return {};
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? Result<>() : fail("it has ended");
}

}   // namespace sluice
