// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/state_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <system_error>
#include <thread>

#include "base/number.hpp"

namespace sluice {

namespace {

// How long a process may be between fork() and exec() on a machine that is busy.
constexpr std::chrono::milliseconds kChildOfTheDead{5'000}, kLookAgain{20};

std::string text_of_holder(int fd) {
  std::array<char, 16> text;
  const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
  return size > 0 ? std::string(text.data(), static_cast<size_t>(size)) : "";
}

std::string holder(int fd) {
  const std::string pid = text_of_holder(fd);
  return pid.empty() ? "" : fmt::format(" (pid {})", pid);
}

// Who wrote its number is dead, and the lock is held: by a child that it was about to start when it was
// killed, for a moment.
bool is_of_the_dead(int fd) {
  const auto pid = whole_number<pid_t>(text_of_holder(fd));
  return pid && *pid > 0 && ::kill(*pid, 0) != 0 && errno == ESRCH;
}

// For who reads it: a disk that is full is no reason not to have the lock.
Result<> write_pid(int fd, const std::string& name) {
  const std::string pid = std::to_string(::getpid());
  if (::pwrite(fd, pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size()) &&
      ::ftruncate(fd, static_cast<off_t>(pid.size())) == 0)
    return {};
  if (errno == ENOSPC || errno == EDQUOT) return {};
  return fail_errno("write " + name, errno);
}

// A cleanup may have removed the file between open and flock: then the lock is on nothing.
bool is_still_there(int fd, const std::string& name) {
  struct stat held, named;
  return ::fstat(fd, &held) == 0 && ::stat(name.c_str(), &named) == 0 && held.st_dev == named.st_dev &&
         held.st_ino == named.st_ino;
}

Result<> lock_file(int fd, const std::filesystem::path& dir) {
  const auto latest = std::chrono::steady_clock::now() + kChildOfTheDead;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_errno(fmt::format("lock {}", dir.string()), errno);
    if (!is_of_the_dead(fd) || std::chrono::steady_clock::now() > latest)
      return fail(fmt::format("another sluiced{} uses {}", holder(fd), dir.string()));
    std::this_thread::sleep_for(kLookAgain);
  }
  return {};
}

}   // namespace

Result<> make_state_dir(const std::filesystem::path& dir) {
  std::error_code error;
  const std::filesystem::path parent = dir.lexically_normal().parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (!error && ::mkdir(dir.c_str(), 0700) < 0 && errno != EEXIST)
    error.assign(errno, std::generic_category());
  if (error) return fail_errno(fmt::format("make the state directory {}", dir.string()), error.value());
  return {};
}

bool StateLock::is_in_place(const std::filesystem::path& dir) const {
  return is_still_there(fd_.get(), file(dir).string());
}

bool StateLock::is_held(const std::filesystem::path& dir) {
  const UniqueFd fd(::open(file(dir).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return fd && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

Result<StateLock> StateLock::take(const std::filesystem::path& dir) {
  const std::string name = file(dir).string();
  while (true) {
    UniqueFd fd(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return fail_errno("open " + name, errno);
    TRY(lock_file(fd.get(), dir));
    if (!is_still_there(fd.get(), name)) continue;
    TRY(write_pid(fd.get(), name));
    return StateLock(std::move(fd));
  }
}

}   // namespace sluice
