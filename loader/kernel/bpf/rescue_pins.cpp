// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/rescue_pins.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>

#include "kernel/bpf/attach_tc.hpp"
#include "kernel/bpf/objects.hpp"
#include "kernel/bpf/program_info.hpp"

namespace sluice {
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

}   // namespace

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
  const auto names = TRY(pinned_names());
  size_t rescued = 0;
  for (const uint32_t program : programs)
    for (const uint32_t id : TRY(maps_of(program))) {
      const UniqueFd map(bpf_map_get_fd_by_id(id));
      bpf_map_info info{};
      uint32_t length = sizeof(info);
      if (!map || bpf_obj_get_info_by_fd(map.get(), &info, &length) != 0) continue;
      const auto name = names.find(info.name);
      if (name == names.end() || is_there(pins.map(name->second))) continue;
      TRY(pins.replace(pins.map(name->second), map.get()));
      ++rescued;
    }
  return rescued;
}

}   // namespace sluice
