// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/pins.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/bpf/attach_tc.hpp"
#include "kernel/bpf/object.hpp"
#include "kernel/bpf/program.hpp"

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

namespace {

namespace fs = std::filesystem;

// Complete, in one step: from then on nothing else counts.
constexpr const char* kReady = "ready";

// Files below `folder`, by their names from there on.
Result<std::set<fs::path>> files_below(const fs::path& folder, const fs::path& but) {
  std::error_code error;
  std::set<fs::path> files;
  for (auto at = fs::recursive_directory_iterator(folder, error); !error && at != fs::end(at);
       at.increment(error)) {
    if (at->path() == but) at.disable_recursion_pending();
    if (!at->is_directory()) files.insert(fs::relative(at->path(), folder));
  }
  if (error) return fail_errno(fmt::format("read {}", folder.string()), error.value());
  return files;
}

}   // namespace

Result<> Pins::take_beside() const {
  std::error_code error;
  fs::rename(beside().dir(), dir_ / kReady, error);
  if (error) return fail_errno(fmt::format("rename {}", beside().dir().string()), error.value());
  return finish_taking();
}

Result<> Pins::finish_taking() const {
  std::error_code error;
  const fs::path ready = dir_ / kReady;
  if (!fs::exists(ready, error)) return {};
  const auto files = TRY(files_below(ready, {}));
  for (const fs::path& old : TRY(files_below(dir_, ready)))
    if (!files.contains(old)) fs::remove(dir_ / old, error);
  for (const fs::path& file : files) {
    fs::rename(ready / file, dir_ / file, error);
    if (error) return fail_errno(fmt::format("take over the pin {}", file.string()), error.value());
  }
  fs::remove_all(ready, error);
  return error ? fail_errno(fmt::format("remove {}", ready.string()), error.value()) : Result<>{};
}

Result<> Pins::remove_all() const {
  std::error_code error;
  if (!std::filesystem::exists(dir_, error) || !is_bpffs(dir_)) return {};
  std::filesystem::remove_all(dir_, error);
  return error ? fail_errno(fmt::format("remove the pins under {}", dir_.string()), error.value())
               : Result<>{};
}

namespace {

Result<> reuse(bpf_map* map, const UniqueFd& pinned) {
  const char* name = bpf_map__name(map);
  bpf_map_info info{};
  uint32_t length = sizeof(info);
  if (const int rc = bpf_obj_get_info_by_fd(pinned.get(), &info, &length))
    return fail_errno(fmt::format("ask about map {}", name), -rc);
  if (info.type != bpf_map__type(map) || info.key_size != bpf_map__key_size(map) ||
      info.value_size != bpf_map__value_size(map))
    return fail(fmt::format(
        "map {} was pinned by another release with other rows; `sluice cleanup` removes it", name));
  const int rc = bpf_map__reuse_fd(map, pinned.get());
  return rc ? fail_errno(fmt::format("take over map {}", name), -rc) : Result<>{};
}

}   // namespace

Result<> reuse_pinned_maps(const Pins& pins, bpf_object* object) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (!bpf_map__pin_path(map)) continue;   // not a shared map
    if (const auto pinned = pins.open(pins.map(bpf_map__name(map)))) TRY(reuse(map, *pinned));
  }
  return {};
}

namespace {

constexpr const char* kPrograms[] = {"ingress", "egress", "gc", "clock"};
constexpr size_t kMostMaps = 256;   // of one program; the kernel allows 64

bool is_there(const std::filesystem::path& pin) {
  std::error_code ignored;
  return std::filesystem::exists(pin, ignored);
}

// The kernel keeps the first 15 letters of a name.
Result<std::map<std::string, std::string>> pinned_names() {
  const BpfObject object = TRY(open_tc_object("/"));
  std::map<std::string, std::string> names;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object.get()) if (bpf_map__pin_path(map)) {
    const std::string name = bpf_map__name(map);
    names.emplace(name.substr(0, BPF_OBJ_NAME_LEN - 1), name);
  }
  return names;
}

Result<std::vector<uint32_t>> maps_of(uint32_t program_id) {
  const UniqueFd program(bpf_prog_get_fd_by_id(program_id));
  if (!program) return std::vector<uint32_t>{};   // it ended meanwhile
  std::vector<uint32_t> ids(kMostMaps);
  bpf_prog_info info{};
  info.nr_map_ids = static_cast<uint32_t>(ids.size());
  info.map_ids = reinterpret_cast<uint64_t>(ids.data());
  uint32_t length = sizeof(info);
  if (const int rc = bpf_obj_get_info_by_fd(program.get(), &info, &length))
    return fail_errno("ask a program for its maps", -rc);
  ids.resize(std::min<size_t>(info.nr_map_ids, ids.size()));
  return ids;
}

// What kind of thing a descriptor of bpf(2) is: "bpf-map", "bpf-prog".
bool is_of_kind(const UniqueFd& fd, std::string_view kind) {
  std::error_code error;
  const auto target = std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", fd.get()), error);
  return !error && target.native().ends_with(kind);
}

std::optional<bpf_map_info> map_info(const UniqueFd& map) {
  bpf_map_info info{};
  uint32_t length = sizeof(info);
  if (!map || !is_of_kind(map, "bpf-map") || bpf_obj_get_info_by_fd(map.get(), &info, &length) != 0)
    return std::nullopt;
  return info;
}

// Somebody else's thing has the name of a map that programs use.
bool is_foreign(const Pins& pins, const std::filesystem::path& pin, const bpf_map_info& used) {
  const auto pinned = pins.open(pin);
  if (!pinned) return false;
  const auto info = map_info(*pinned);
  return !info || info->type != used.type || info->key_size != used.key_size ||
         info->value_size != used.value_size;
}

bool is_foreign_program(const Pins& pins, const std::filesystem::path& pin) {
  const auto pinned = pins.open(pin);
  return pinned && !is_of_kind(*pinned, "bpf-prog");
}

struct UsedMap {
  std::string name;   // of its pin
  UniqueFd fd;
  bpf_map_info info;
};

Result<std::vector<UsedMap>> maps_used_by(const std::vector<uint32_t>& programs) {
  const auto names = TRY(pinned_names());
  std::vector<UsedMap> used;
  for (const uint32_t program : programs)
    for (const uint32_t id : TRY(maps_of(program))) {
      UniqueFd map(bpf_map_get_fd_by_id(id));
      const auto info = map_info(map);
      const auto name = info ? names.find(info->name) : names.end();
      if (name != names.end()) used.push_back({name->second, std::move(map), *info});
    }
  return used;
}

}   // namespace

Result<bool> has_foreign_pins(const Pins& pins, const std::vector<uint32_t>& programs) {
  for (const char* name : kPrograms)
    if (is_foreign_program(pins, pins.program(name))) return true;
  for (const UsedMap& map : TRY(maps_used_by(programs)))
    if (is_foreign(pins, pins.map(map.name), map.info)) return true;
  return false;
}

std::vector<uint32_t> attached_programs() {
  const std::unique_ptr<struct if_nameindex, decltype(&if_freenameindex)> all(if_nameindex(),
                                                                              if_freenameindex);
  std::vector<uint32_t> programs;
  for (const auto* link = all.get(); link && link->if_index; ++link)
    for (const Hook hook : {Hook::kTcIngress, Hook::kTcEgress})
      if (const uint32_t at = attached_tc(link->if_index, hook); at && is_program(at, program_name(hook)))
        if (std::ranges::find(programs, at) == programs.end()) programs.push_back(at);
  return programs;
}

Result<bool> has_all_pins(const Pins& pins) {
  for (const char* name : kPrograms)
    if (!is_there(pins.program(name))) return false;
  for (const auto& [cut, name] : TRY(pinned_names()))
    if (!is_there(pins.map(name))) return false;
  return true;
}

Result<size_t> rescue_pins(const Pins& pins, const std::vector<uint32_t>& programs) {
  TRY(pins.prepare());
  size_t rescued = 0;
  for (const UsedMap& map : TRY(maps_used_by(programs))) {
    const auto pin = pins.map(map.name);
    if (is_there(pin) && !is_foreign(pins, pin, map.info)) continue;
    TRY(pins.replace(pin, map.fd.get()));
    ++rescued;
  }
  std::error_code ignored;
  for (const char* name : kPrograms)   // they are loaded anew
    if (is_foreign_program(pins, pins.program(name))) std::filesystem::remove(pins.program(name), ignored);
  return rescued;
}

}   // namespace sluice
