// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netns/space.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <thread>

#include "base/number.hpp"
#include "kernel/program.hpp"

namespace sluice {
namespace {

constexpr const char* kFolder = "/run/netns";
constexpr mode_t kFolderMode = 0755, kFileMode = 0444;

std::string path_of(const std::string& name) {
  return name.starts_with('/') ? name : fmt::format("{}/{}", kFolder, name);
}

uint32_t number_of(int fd) {
  struct stat file {};
  struct statfs system {};
  if (fstat(fd, &file) != 0 || fstatfs(fd, &system) != 0 || system.f_type != NSFS_MAGIC) return 0;
  return static_cast<uint32_t>(file.st_ino);
}

// Beside what no ordinary program needs.
const std::vector<std::string> kLimitsOfSpaceUnit = {"CapabilityBoundingSet=CAP_SYS_ADMIN",
                                                     "RestrictNamespaces=net",
                                                     "PrivateMounts=no",
                                                     "ProtectSystem=no",
                                                     "ProtectHome=no",
                                                     "PrivateTmp=no",
                                                     "PrivateDevices=no",
                                                     "ProtectControlGroups=no",
                                                     "ProtectKernelTunables=no",
                                                     "ProtectKernelModules=no",
                                                     "ProtectKernelLogs=no",
                                                     "ProtectProc=default",
                                                     "ProtectHostname=no",
                                                     "SystemCallFilter=@system-service @mount unshare"};

// What a service of systemd mounts nobody else sees, and the names are for the whole machine.
bool has_own_mounts() {
  struct stat own {
  }, machines{};
  if (!has_systemd() || stat("/proc/self/ns/mnt", &own) != 0) return false;
  return stat("/proc/1/ns/mnt", &machines) != 0 || machines.st_ino != own.st_ino;
}

// The namespaces of a thread end with it, so whatever it does to them is of this call alone.
Result<> run_in_thread(const std::function<Result<>()>& run) {
  Result<> outcome;
  std::thread([&] { outcome = run(); }).join();
  return outcome;
}

Result<> bind_new_space(const std::string& path) {
  if (mkdir(kFolder, kFolderMode) != 0 && errno != EEXIST)
    return fail_errno(fmt::format("make {}", kFolder), errno);
  const UniqueFd place(open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kFileMode));
  if (!place) return fail_errno(fmt::format("make {}", path), errno);
  if (unshare(CLONE_NEWNET) == 0 &&
      mount("/proc/thread-self/ns/net", path.c_str(), "none", MS_BIND, nullptr) == 0)
    return {};
  const int why = errno;
  unlink(path.c_str());
  return fail_errno(fmt::format("bind a network namespace to {}", path), why);
}

Result<> unbind_space(const std::string& path, uint32_t number) {
  const UniqueFd there(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!there || number_of(there.get()) != number) return {};
  if (number && umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
    return fail_errno(fmt::format("take the network namespace off {}", path), errno);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno(fmt::format("remove {}", path), errno);
  return {};
}

// Where this process may not, a unit does that ends at once: `sluiced --space`.
Result<> change_names_of_machine(const SpaceChange& change) {
  if (!has_own_mounts()) return change_names(change);
  std::vector<std::string> words{TRY(own_program())};
  for (std::string& word : words_of(change)) words.push_back(std::move(word));
  return run_unit(fmt::format("sluice-{}.service", change.name), "Network namespace of sluice", words,
                  limited(kLimitsOfSpaceUnit), -1);
}

}   // namespace

Result<> change_names(const SpaceChange& change) {
  const std::string path = path_of(change.name);
  if (change.make) return run_in_thread([&] { return bind_new_space(path); });
  return unbind_space(path, change.number);
}

Result<uint32_t> make_space(const std::string& name) {
  TRY(change_names_of_machine({.name = name, .make = true}));
  return TRY(open_space(name)).number;
}

Result<> remove_space(const std::string& name, uint32_t number) {
  return change_names_of_machine({.name = name, .make = false, .number = number});
}

std::vector<std::string> words_of(const SpaceChange& change) {
  return {std::string(kSpaceVerb), change.make ? "make" : "remove", change.name,
          std::to_string(change.number)};
}

std::optional<SpaceChange> space_change_of(const std::vector<std::string>& words) {
  if (words.size() != 3 || !words[1].starts_with("pod-") || words[1].find('/') != std::string::npos)
    return std::nullopt;
  const auto number = whole_number<uint32_t>(words[2]);
  if (!number || (words[0] != "make" && words[0] != "remove")) return std::nullopt;
  return SpaceChange{.name = words[1], .make = words[0] == "make", .number = *number};
}

// All namespaces are files of one file system. Names that lead elsewhere are not followed.
std::map<std::string, ObservedSpace> list_spaces(std::string_view prefix) {
  std::map<std::string, ObservedSpace> spaces;
  struct stat own {};
  if (stat("/proc/self/ns/net", &own) != 0) return spaces;
  std::error_code none;   // no folder: no namespaces
  for (const auto& entry : std::filesystem::directory_iterator(kFolder, none)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(prefix)) continue;
    struct stat file {};
    const bool is_space = lstat(entry.path().c_str(), &file) == 0 && file.st_dev == own.st_dev;
    spaces[name].number = is_space ? static_cast<uint32_t>(file.st_ino) : 0;
  }
  return spaces;
}

Result<OpenSpace> open_space(const std::string& name) {
  const std::string path = path_of(name);
  OpenSpace space{UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)), 0};
  if (!space.fd) return fail_errno(fmt::format("open {}", path), errno);
  space.number = number_of(space.fd.get());
  if (space.number == 0) return fail(fmt::format("{} is no network namespace", path));
  return space;
}

Result<> run_inside(const OpenSpace& space, const std::function<Result<>()>& run) {
  return run_in_thread([&]() -> Result<> {
    if (setns(space.fd.get(), CLONE_NEWNET) != 0) return fail_errno("enter the network namespace", errno);
    return run();
  });
}

}   // namespace sluice
