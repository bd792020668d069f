// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/other_daemon.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

extern "C" {   // glibc 2.36 does not say so itself
#include <sys/pidfd.h>
}

#include <array>

#include "base/file.hpp"
#include "base/number.hpp"
#include "base/unique_fd.hpp"

namespace sluice {
namespace {

// Empty: it does not run, or its number was another one's meanwhile.
UniqueFd open_process(const OtherDaemon& daemon) {
  const auto pid = find_process(daemon);
  if (!pid) return {};
  UniqueFd process(::pidfd_open(*pid, 0));
  if (!process || find_process(daemon) != pid) return {};
  return process;
}

bool ends_within(std::chrono::milliseconds patience, const UniqueFd& process) {
  pollfd waits{process.get(), POLLIN, 0};
  return ::poll(&waits, 1, static_cast<int>(patience.count())) == 1;
}

}   // namespace

Result<> make_folder(const std::filesystem::path& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
  return fail_errno("make " + path.string(), errno);
}

std::optional<UserIds> find_user(const char* name) {
  std::array<char, 4096> room;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(name, &entry, room.data(), room.size(), &found) != 0 || !found) return std::nullopt;
  return UserIds{found->pw_uid, found->pw_gid};
}

std::optional<int> find_process(const OtherDaemon& daemon) {
  const auto text = read_file(daemon.pid_file, 64);
  const auto ids = find_user(daemon.user);
  const auto pid =
      text ? whole_number<int>(std::string_view(*text).substr(0, text->find('\n'))) : std::nullopt;
  if (!pid || !ids || *pid <= 1) return std::nullopt;
  const std::string process = fmt::format("/proc/{}", *pid);
  struct stat found {};
  if (::stat(process.c_str(), &found) != 0 || found.st_uid != ids->user) return std::nullopt;
  const auto command = read_file(process + "/cmdline", 65536);
  const std::string own = daemon.argument.string() + '\0';
  return command && command->find(own) != std::string::npos ? pid : std::nullopt;
}

Result<> signal_process(const OtherDaemon& daemon, int signal) {
  const UniqueFd process = open_process(daemon);
  if (!process) return fail("it does not run");
  if (::pidfd_send_signal(process.get(), signal, nullptr, 0) == 0) return {};
  return fail_errno("tell it", errno);
}

Result<> end_process(const OtherDaemon& daemon, std::chrono::milliseconds patience) {
  const UniqueFd process = open_process(daemon);
  if (!process) return {};
  (void)::pidfd_send_signal(process.get(), SIGTERM, nullptr, 0);
  (void)::pidfd_send_signal(process.get(), SIGCONT, nullptr, 0);   // one that is stopped cannot end
  if (ends_within(patience, process)) return {};
  (void)::pidfd_send_signal(process.get(), SIGKILL, nullptr, 0);
  if (ends_within(patience, process)) return {};
  return fail("it does not end");
}

}   // namespace sluice
