// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/programs.hpp"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <functional>
#include <future>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/bpf/made_maps.hpp"
#include "kernel/bpf/objects.hpp"

namespace sluice {
namespace {

// Tables that are printed line by line when their pins in text/ are read, by the program of the same name.
constexpr const char* kPrinted[] = {"flows4", "flows6"};

constexpr std::string_view kPrefix = "sluice_";   // of the programs; their pins go without

// The verifier reads the longest program longer than all the others: one at the side of the others.
constexpr const char* kIngress[] = {"sluice_ingress"};
constexpr const char* kOthers[] = {"sluice_egress", "sluice_clock", "sluice_flows4", "sluice_flows6"};

struct Loaded {
  BpfObject ingress, others, gc;
};

Result<BpfObject> load_some(const MadeMaps& maps, std::span<const char* const> programs) {
  BpfObject object = TRY(open_tc_object(nullptr));
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
  for (const bpf_object* object : {loaded.others.get(), loaded.gc.get(), loaded.ingress.get()}) {
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

// A pin of an iterator that prints one table: each `cat` goes through it anew.
Result<> pin_text(const Pins& pins, const bpf_object* object) {
  for (const std::string table : kPrinted) {
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
  TRY(pin_text(pins, loaded->others.get()));
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
