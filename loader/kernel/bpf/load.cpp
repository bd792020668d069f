// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/load.hpp"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <future>
#include <iterator>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "compile/ebpf/table_sizes.hpp"
#include "kernel/bpf/object.hpp"
#include "kernel/bpf/pins.hpp"
#include "maps/flow.h"

namespace sluice {

namespace {

// Tables of live state: they are exchanged together, because they speak of each other.
constexpr const char* kStateMaps[] = {
    "flows4",       "flows6",      "flow_overflow4", "flow_overflow6", "flow_slots4", "flow_slots6",
    "gc_cursors",   "half_open",   "host_shared",    "flow_counts",    "host_flows",  "nat_inside",
    "nat_outside",  "port_chunks", "resting_ports",  "host_mappings",  "nat_peers",   "half_open_targets",
    "tenant_flows", "port_crowds", "events"};
// As long to make as all the others.
constexpr const char* kSecondHalf[] = {"flows6",     "flow_overflow6", "flow_slots6",
                                       "nat_inside", "nat_outside",    "nat_peers"};

bool is_in_second_half(const bpf_map* map) {
  const std::string_view name = bpf_map__name(map);
  return std::ranges::find(kSecondHalf, name) != std::end(kSecondHalf);
}

Result<> set_sizes(const bpf_object* object, const TableSizes& sizes) {
  const std::pair<const char*, uint32_t> rows[] = {
      {"flows4", SL_HOMES_FOR(sizes.flows4)},
      {"flows6", SL_HOMES_FOR(sizes.flows6)},
      {"flow_overflow4", SL_OVERFLOW_FOR(sizes.flows4)},
      {"flow_overflow6", SL_OVERFLOW_FOR(sizes.flows6)},
      {"flow_slots4", sizes.flows4},
      {"flow_slots6", sizes.flows6},
      {"half_open", sizes.half_open},
      {"nat_inside", sizes.mappings},
      {"nat_peers", peers_of(sizes)},
      {"nat_outside", sizes.mappings},
      {"resting_ports", sizes.mappings},
      {"host_mappings", sizes.mappings},
      {"events", bytes_of_events(sizes)},
  };
  for (const auto& [name, count] : rows)
    if (const int rc = bpf_map__set_max_entries(bpf_object__find_map_by_name(object, name), count); rc)
      return fail_errno(fmt::format("size map {}", name), -rc);
  return {};
}

bool is_pinned_in_this_size(const Pins& pins, const bpf_map* map) {
  const auto pinned = pins.open(pins.map(bpf_map__name(map)));
  bpf_map_info info{};
  uint32_t length = sizeof(info);
  return !pinned || bpf_obj_get_info_by_fd(pinned->get(), &info, &length) != 0 ||
         info.max_entries == bpf_map__max_entries(map);
}

// Those that will be new ones, because one of them shall have another size than what is pinned. Without a pin
// they are neither taken over nor pinned by libbpf.
std::vector<bpf_map*> part_from_pins(const Pins& pins, const bpf_object* object) {
  std::vector<bpf_map*> maps;
  for (const char* name : kStateMaps) maps.push_back(bpf_object__find_map_by_name(object, name));
  if (std::all_of(maps.begin(), maps.end(), [&](bpf_map* map) { return is_pinned_in_this_size(pins, map); }))
    return {};
  for (bpf_map* map : maps) bpf_map__set_pin_path(map, nullptr);
  return maps;
}

}   // namespace

Result<> MadeMaps::prepare_half(const Pins& pins, const TableSizes& sizes, bool second) {
  BpfObject object = TRY(open_tc_object(pins.dir().c_str()));
  choose_programs(object.get(), {});
  const auto is_others = [&](const bpf_map* map) { return is_in_second_half(map) != second; };
  if (sizes != TableSizes{}) {
    TRY(set_sizes(object.get(), sizes));
    std::ranges::remove_copy_if(part_from_pins(pins, object.get()), std::back_inserter(instead_), is_others);
  }
  TRY(reuse_pinned_maps(pins, object.get()));
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object.get()) {
    if (is_others(map))
      bpf_map__set_autocreate(map, false);
    else if (bpf_map__pin_path(map) && bpf_map__fd(map) < 0)
      new_.push_back(map);
  }
  halves_[second] = std::move(object);
  return {};
}

Result<MadeMaps> MadeMaps::make(const Pins& pins, const TableSizes& sizes) {
  MadeMaps maps;
  TRY(maps.prepare_half(pins, sizes, false));
  TRY(maps.prepare_half(pins, sizes, true));
  auto beside = std::async(std::launch::async, load_object, maps.halves_[1].get());
  const Result<> here = load_object(maps.halves_[0].get()), there = beside.get();
  if (here && there) return maps;
  maps.unpin();
  return std::unexpected(here ? there.error() : here.error());
}

Result<> MadeMaps::share(bpf_map* map) const {
  const bpf_object* half = halves_[is_in_second_half(map)].get();
  const bpf_map* made = bpf_object__find_map_by_name(half, bpf_map__name(map));
  if (!made) return fail(fmt::format("there is no map {} to share", bpf_map__name(map)));
  const int rc = bpf_map__reuse_fd(map, bpf_map__fd(made));
  return rc ? fail_errno(fmt::format("share map {}", bpf_map__name(map)), -rc) : Result<>{};
}

Result<> MadeMaps::share_with(const bpf_object* object) const {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) TRY(share(map));
  return {};
}

Result<> MadeMaps::share_pinned_with(const bpf_object* object) const {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (!bpf_map__pin_path(map)) continue;
    TRY(share(map));
    bpf_map__set_pin_path(map, nullptr);   // it has its pin
  }
  return {};
}

Result<> MadeMaps::replace_pins(const Pins& pins) const {
  for (const bpf_map* map : instead_) TRY(pins.replace(pins.map(bpf_map__name(map)), bpf_map__fd(map)));
  return {};
}

void MadeMaps::unpin() const {
  for (bpf_map* map : new_) bpf_map__unpin(map, nullptr);
}

namespace {

// Tables that are printed line by line when their pins in text/ are read, by the program of the same name.
constexpr const char* kPrinted[] = {"flows4", "flows6"};

constexpr std::string_view kPrefix = "sluice_";   // of the programs; their pins go without

// The verifier reads the longest program longer than all the others: one at the side of the others.
constexpr const char* kIngress[] = {"sluice_ingress"};
constexpr const char* kOthers[] = {"sluice_egress", "sluice_clock"};

struct Loaded {
  BpfObject ingress, others, gc;
  BpfObject printers;   // none: the kernel refuses them
};

Result<BpfObject> load_some(const MadeMaps& maps, std::span<const char* const> programs,
                            KernelTypes types = KernelTypes::kOfPackets) {
  BpfObject object = TRY(open_tc_object(nullptr, types));
  choose_programs(object.get(), programs);
  TRY(maps.share_with(object.get()));
  TRY(load_object(object.get()));
  return object;
}

Result<BpfObject> load_gc(const MadeMaps& maps) {
  BpfObject object = TRY(open_gc_object());
  TRY(maps.share_pinned_with(object.get()));
  TRY(load_object(object.get()));
  return object;
}

Result<Loaded> load_beside_ingress(const MadeMaps& maps) {
  Loaded loaded;
  loaded.others = TRY(load_some(maps, kOthers));
  loaded.gc = TRY(load_gc(maps));
  if (auto printers = load_some(maps, kPrinters, KernelTypes::kAll)) loaded.printers = std::move(*printers);
  return loaded;
}

Result<Loaded> load_side_by_side(const MadeMaps& maps) {
  auto beside = std::async(std::launch::async, load_beside_ingress, std::cref(maps));
  Result<BpfObject> ingress = load_some(maps, kIngress);
  Result<Loaded> loaded = beside.get();
  if (!ingress) return std::unexpected(ingress.error());
  if (loaded) loaded->ingress = std::move(*ingress);
  return loaded;
}

// By the names of their pins, the one last by which Pins::exist() knows that all of them are there.
std::vector<std::pair<std::string, int>> programs_of(const Loaded& loaded) {
  std::vector<std::pair<std::string, int>> programs;
  for (const bpf_object* object :
       {loaded.others.get(), loaded.printers.get(), loaded.gc.get(), loaded.ingress.get()}) {
    if (!object) continue;
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, object) {
      if (!bpf_program__autoload(program)) continue;
      const std::string_view name = bpf_program__name(program);
      programs.emplace_back(name.substr(kPrefix.size()), bpf_program__fd(program));
    }
  }
  return programs;
}

Result<> pin_programs(const Pins& pins, const Loaded& loaded) {
  std::set<std::string, std::less<>> names;
  for (const auto& [name, fd] : programs_of(loaded)) {
    TRY(pins.replace(pins.program(name), fd));
    names.insert(name);
  }
  return pins.remove_programs_but(names);
}

// A pin of an iterator that prints one table: each `cat` goes through it anew. Pins of before print tables of
// before.
Result<> pin_text(const Pins& pins, const bpf_object* object) {
  std::error_code ignored;
  for (const std::string table : kPrinted) {
    if (!object) {
      std::filesystem::remove(pins.text(table), ignored);
      continue;
    }
    const bpf_program* program =
        bpf_object__find_program_by_name(object, fmt::format("{}{}", kPrefix, table).c_str());
    bpf_iter_link_info printed{};
    printed.map.map_fd = static_cast<uint32_t>(bpf_object__find_map_fd_by_name(object, table.c_str()));
    LIBBPF_OPTS(bpf_link_create_opts, options, .iter_info = &printed, .iter_info_len = sizeof(printed));
    const UniqueFd link(bpf_link_create(bpf_program__fd(program), 0, BPF_TRACE_ITER, &options));
    if (link.get() < 0) return fail_errno("make the text of map " + table, -link.get());
    TRY(pins.replace(pins.text(table), link.get()));
  }
  return {};
}

}   // namespace

Result<> load_programs(const Pins& pins, const TableSizes& sizes) {
  TRY(pins.prepare());
  const MadeMaps maps = TRY(MadeMaps::make(pins, sizes));
  const Result<Loaded> loaded = load_side_by_side(maps);
  if (!loaded) {
    maps.unpin();
    return std::unexpected(loaded.error());
  }
  TRY(maps.replace_pins(pins));
  TRY(pin_text(pins, loaded->printers.get()));
  return pin_programs(pins, *loaded);
}

Result<> connect_egress(const Pins& pins) {
  const UniqueFd table = TRY(pins.open(pins.map("ingress_program")));
  const UniqueFd ingress = TRY(pins.open(pins.program("ingress")));
  const uint32_t row = 0;
  const int program = ingress.get();
  const int rc = bpf_map_update_elem(table.get(), &row, &program, BPF_ANY);
  return rc ? fail_errno("write to map ingress_program", -rc) : Result<>{};
}

}   // namespace sluice
