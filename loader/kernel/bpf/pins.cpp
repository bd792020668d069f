// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/pins.hpp"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/vfs.h>

namespace sluice {

bool is_bpffs(const std::filesystem::path& path) {
  struct statfs info {};
  return statfs(path.c_str(), &info) == 0 && info.f_type == BPF_FS_MAGIC;
}

std::filesystem::path nearest_existing(std::filesystem::path path) {
  std::error_code ignored;
  while (!path.empty() && path != path.root_path() && !std::filesystem::exists(path, ignored))
    path = path.parent_path();
  return path;
}

Result<> Pins::prepare() const {
  if (!is_bpffs(nearest_existing(dir_)))
    return fail(
        fmt::format("pin BPF maps under {}: no BPF file system is mounted there; mount one with "
                    "`mount -t bpf bpf /sys/fs/bpf`, or name a folder in one with --pins",
                    dir_.string()));
  std::error_code error;
  for (const char* folder : {"programs", "text"})
    if (!error) std::filesystem::create_directories(dir_ / folder, error);
  if (error) return fail_errno(fmt::format("create {}", dir_.string()), error.value());
  std::filesystem::permissions(dir_, std::filesystem::perms::owner_all, error);
  return error ? fail_errno(fmt::format("set the mode of {}", dir_.string()), error.value()) : Result<>{};
}

bool Pins::exist() const {
  std::error_code ignored;
  return std::filesystem::exists(map("config"), ignored) &&
         std::filesystem::exists(program("ingress"), ignored);
}

Result<std::vector<std::string>> Pins::maps() const {
  std::error_code error;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(dir_, error))
    if (!entry.is_directory()) names.push_back(entry.path().filename().string());
  if (error) return fail_errno(fmt::format("read {}", dir_.string()), error.value());
  return names;
}

Result<UniqueFd> Pins::open(const std::filesystem::path& pin) const {
  const int fd = bpf_obj_get(pin.c_str());
  return fd < 0 ? fail_errno(fmt::format("open the pin {}", pin.string()), -fd)
                : Result<UniqueFd>(UniqueFd(fd));
}

Result<> Pins::replace(const std::filesystem::path& pin, int fd) const {
  std::error_code ignored;
  std::filesystem::remove(pin, ignored);
  const int rc = bpf_obj_pin(fd, pin.c_str());
  return rc ? fail_errno(fmt::format("pin {}", pin.string()), -rc) : Result<>{};
}

Result<> Pins::remove_programs_but(const std::set<std::string, std::less<>>& names) const {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(dir_ / "programs", error))
    if (!names.contains(entry.path().filename().string())) std::filesystem::remove(entry.path(), error);
  return error ? fail_errno(fmt::format("remove older programs from {}", dir_.string()), error.value())
               : Result<>{};
}

Result<> Pins::remove_all() const {
  std::error_code error;
  if (!std::filesystem::exists(dir_, error) || !is_bpffs(dir_)) return {};
  std::filesystem::remove_all(dir_, error);
  return error ? fail_errno(fmt::format("remove the pins under {}", dir_.string()), error.value())
               : Result<>{};
}

}   // namespace sluice
