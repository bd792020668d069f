// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace sluice {
namespace {

constexpr std::chrono::seconds kRunTime{30};   // systemd of a machine that boots takes its time
constexpr std::chrono::milliseconds kLookAgain{2};

// What a child gets instead of this process' descriptors and signals.
class Surroundings {
 public:
  // `input`: -1 is nothing to read.
  Surroundings(int input, int complaints) {
    posix_spawn_file_actions_init(&files_);
    if (input < 0)
      posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    else
      posix_spawn_file_actions_adddup2(&files_, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files_, complaints, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files_, complaints, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1);
    posix_spawn_file_actions_addchdir_np(&files_, "/");
    posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;
  ~Surroundings() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }

  Result<pid_t> spawn(const std::vector<std::string>& words) const {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char* environment[] = {path, nullptr};
    pid_t child = 0;
    const int error =
        ::posix_spawn(&child, arguments[0], &files_, &attributes_, arguments.data(), environment);
    if (error != 0) return fail_errno("run " + words.front(), error);
    return child;
  }

 private:
  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

// The status that it ended with.
Result<int> wait_for_end(pid_t child, const std::string& program) {
  const auto end = std::chrono::steady_clock::now() + kRunTime;
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return fail(fmt::format("{} did not end within {} s", program, kRunTime.count()));
    }
    std::this_thread::sleep_for(kLookAgain);
  }
  return status;
}

std::string last_line(int fd) {
  std::array<char, 4096> buffer;
  const off_t size = ::lseek(fd, 0, SEEK_END);
  const off_t start = std::max<off_t>(0, size - static_cast<off_t>(buffer.size()));
  const ssize_t read = ::pread(fd, buffer.data(), buffer.size(), start);
  const std::string_view text(buffer.data(), read > 0 ? static_cast<size_t>(read) : 0);
  std::string_view last;
  for (const std::string_view line : split(text, '\n'))
    if (!line.empty()) last = line;
  return std::string(last);
}

std::string all_of(int fd) {
  std::string text(static_cast<size_t>(std::max<off_t>(0, ::lseek(fd, 0, SEEK_END))), '\0');
  const ssize_t read = ::pread(fd, text.data(), text.size(), 0);
  text.resize(read > 0 ? static_cast<size_t>(read) : 0);
  return text;
}

// systemd starts a unit in the first process' network namespace. Where this process may not see which one
// that is, it is the same: only a service of systemd has so few privileges.
std::vector<std::string> namespace_of_unit() {
  struct stat own {
  }, first{};
  if (::stat("/proc/self/ns/net", &own) != 0 || ::stat("/proc/1/ns/net", &first) != 0) return {};
  if (own.st_ino == first.st_ino) return {};
  return {fmt::format("--property=NetworkNamespacePath=/proc/{}/ns/net", ::getpid())};
}

// systemd says in its manual what each is (systemd.exec(5)).
constexpr const char* kLimits[] = {"NoNewPrivileges=yes",
                                   "ProtectSystem=strict",
                                   "ProtectHome=yes",
                                   "PrivateTmp=yes",
                                   "ProtectClock=yes",
                                   "ProtectHostname=yes",
                                   "ProtectKernelLogs=yes",
                                   "ProtectKernelModules=yes",
                                   "ProtectKernelTunables=yes",
                                   "ProtectProc=invisible",
                                   "LockPersonality=yes",
                                   "MemoryDenyWriteExecute=yes",
                                   "RestrictNamespaces=yes",
                                   "RestrictRealtime=yes",
                                   "RestrictSUIDSGID=yes",
                                   "SystemCallArchitectures=native",
                                   "SystemCallErrorNumber=EPERM",
                                   "UMask=0077"};

// A unit that ended with a failure must not be in the way of the next.
Result<std::vector<std::string>> words_of_unit(const std::string& unit, const std::string& description,
                                               std::string_view type,
                                               const std::vector<std::string>& properties) {
  const auto systemd_run = find_program("systemd-run");
  if (!systemd_run) return fail("systemd-run is not installed");
  std::vector<std::string> all{*systemd_run, "--quiet", "--collect", "--unit=" + unit,
                               "--description=" + description};
  all.push_back(fmt::format("--property=Type={}", type));
  for (const std::string& property : properties) all.push_back("--property=" + property);
  for (std::string& word : namespace_of_unit()) all.push_back(std::move(word));
  return all;
}

Result<UniqueFd> run_with_input(const std::vector<std::string>& words, int input) {
  UniqueFd complaints(::memfd_create("complaints", MFD_CLOEXEC));
  if (!complaints) return fail_errno("run " + words.front(), errno);
  const pid_t child = TRY(Surroundings(input, complaints.get()).spawn(words));
  const int status = TRY(wait_for_end(child, words.front()));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return complaints;
  const std::string why = last_line(complaints.get());
  return fail(fmt::format("{} failed: {}", words.front(), why.empty() ? "it does not say why" : why));
}

}   // namespace

std::vector<std::string> limited(const std::vector<std::string>& more) {
  std::vector<std::string> all(std::begin(kLimits), std::end(kLimits));
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

bool has_systemd() {
  struct stat found {};
  return ::stat("/run/systemd/system", &found) == 0 && S_ISDIR(found.st_mode);
}

std::optional<std::string> find_program(std::string_view name) {
  for (const char* folder : {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}) {
    std::string path = fmt::format("{}/{}", folder, name);
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return std::nullopt;
}

Result<> run_program(const std::vector<std::string>& words) {
  TRY(run_with_input(words, -1));
  return {};
}

Result<std::string> output_of(const std::vector<std::string>& words) {
  const UniqueFd written = TRY(run_with_input(words, -1));
  return all_of(written.get());
}

Result<> start_unit(const std::string& unit, const std::string& description,
                    const std::vector<std::string>& words, const std::vector<std::string>& properties) {
  std::vector<std::string> all = TRY(words_of_unit(unit, description, "exec", properties));
  all.emplace_back("--property=TimeoutStopSec=5");
  all.insert(all.end(), words.begin(), words.end());
  return run_program(all);
}

// Its descriptors go to the unit by way of the bus.
Result<> run_unit(const std::string& unit, const std::string& description,
                  const std::vector<std::string>& words, const std::vector<std::string>& properties,
                  int input) {
  std::vector<std::string> all = TRY(words_of_unit(unit, description, "oneshot", properties));
  all.insert(all.end(), {"--pipe", "--wait"});
  all.insert(all.end(), words.begin(), words.end());
  TRY(run_with_input(all, input));
  return {};
}

Result<std::string> own_program() {
  constexpr std::string_view kReplaced = " (deleted)";
  std::error_code error;
  std::string path = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return fail("find the program of sluiced: " + error.message());
  if (path.ends_with(kReplaced)) path.resize(path.size() - kReplaced.size());
  return path;
}

Result<pid_t> start_program(const std::vector<std::string>& words, int input, int output) {
  if (output >= 0) return Surroundings(input, output).spawn(words);
  const UniqueFd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (!nowhere) return fail_errno("open /dev/null", errno);
  return Surroundings(input, nowhere.get()).spawn(words);
}

// systemd-run hands its standard input on, and stays until the unit ends.
Result<pid_t> start_unit_with_input(const std::string& unit, const std::string& description,
                                    const std::vector<std::string>& words,
                                    const std::vector<std::string>& properties, int input) {
  std::vector<std::string> all = TRY(words_of_unit(unit, description, "exec", properties));
  all.insert(all.end(), {"--pipe", "--wait"});
  all.insert(all.end(), words.begin(), words.end());
  return start_program(all, input);
}

}   // namespace sluice
