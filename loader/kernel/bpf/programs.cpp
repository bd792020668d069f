// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/programs.hpp"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/fnv.hpp"
#include "kernel/bpf/libbpf_log.hpp"
#include "kernel/bpf/pinned_maps.hpp"
#include "kernel/bpf/probe_syn_cookies.hpp"
#include "tc.skel.h"
#include "xdp.skel.h"

namespace sluice {

struct DestroyTc {
  void operator()(tc_bpf* skeleton) const { tc_bpf__destroy(skeleton); }
};
using TcSkeleton = std::unique_ptr<tc_bpf, DestroyTc>;

namespace {

Result<TcSkeleton> open_tc(const char* pin_root) {
  LibbpfLog log;
  LIBBPF_OPTS(bpf_object_open_opts, options, .pin_root_path = pin_root);
  TcSkeleton skeleton(tc_bpf__open_opts(&options));
  if (!skeleton) return fail_errno("open the BPF programs (" + log.reason() + ")", errno);
  tell_of_syn_cookies(skeleton->obj);
  return skeleton;
}

Result<> set_size(bpf_map* map, uint32_t rows) {
  const int rc = bpf_map__set_max_entries(map, rows);
  return rc ? fail_errno(fmt::format("size map {}", bpf_map__name(map)), -rc) : Result<>{};
}

// Tables of live state: they are exchanged together, because they speak of each other.
constexpr const char* kStateMaps[] = {
    "flows4",          "flows6",       "flow_slots4",   "flow_slots6", "flow_hands",       "half_open",
    "half_open_hands", "flow_counts",  "host_flows",    "nat_inside",  "nat_outside",      "port_chunks",
    "resting_ports",   "resting_line", "host_mappings", "nat_peers",   "half_open_targets"};

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

Result<> set_sizes(tc_bpf* skeleton, const TableSizes& sizes) {
  TRY(set_size(skeleton->maps.flows4, sizes.flows4));
  TRY(set_size(skeleton->maps.flows6, sizes.flows6));
  TRY(set_size(skeleton->maps.flow_slots4, sizes.flows4));
  TRY(set_size(skeleton->maps.flow_slots6, sizes.flows6));
  TRY(set_size(skeleton->maps.half_open, sizes.half_open));
  TRY(set_size(skeleton->maps.nat_inside, sizes.mappings));
  TRY(set_size(skeleton->maps.nat_peers, peers_of(sizes)));
  TRY(set_size(skeleton->maps.resting_ports, sizes.mappings));
  TRY(set_size(skeleton->maps.host_mappings, sizes.mappings));
  return set_size(skeleton->maps.nat_outside, sizes.mappings);
}

std::string advice_for(int error) {
  if (error == EPERM || error == EACCES)
    return " (CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN are needed, and a kernel that is not locked down)";
  if (error == ENOMEM) return " (the machine has too little memory for the tables)";
  return "";
}

Result<> load(tc_bpf* skeleton) {
  LibbpfLog log;
  const int rc = tc_bpf__load(skeleton);
  if (!rc) return {};
  if (access("/sys/kernel/btf/vmlinux", R_OK) != 0)
    return fail(
        "load the BPF programs: the kernel has no BTF (/sys/kernel/btf/vmlinux); use a kernel built with "
        "CONFIG_DEBUG_INFO_BTF, as Debian's are");
  return fail_errno(fmt::format("load the BPF programs{}: {}", advice_for(-rc), log.reason()), -rc);
}

Result<> pin_programs(const Pins& pins, tc_bpf* skeleton) {
  TRY(pins.replace(pins.program("egress"), bpf_program__fd(skeleton->progs.sluice_egress)));
  TRY(pins.replace(pins.program("sweep"), bpf_program__fd(skeleton->progs.sluice_sweep)));
  TRY(pins.replace(pins.program("walk"), bpf_program__fd(skeleton->progs.sluice_walk)));
  TRY(pins.replace(pins.program("clock"), bpf_program__fd(skeleton->progs.sluice_clock)));
  return pins.replace(pins.program("ingress"), bpf_program__fd(skeleton->progs.sluice_ingress));
}

}   // namespace

std::span<const std::byte> tc_object() {
  size_t size = 0;
  const void* data = tc_bpf__elf_bytes(&size);
  return {static_cast<const std::byte*>(data), size};
}

std::span<const std::byte> xdp_object() {
  size_t size = 0;
  const void* data = xdp_bpf__elf_bytes(&size);
  return {static_cast<const std::byte*>(data), size};
}

std::string available_build() {
  static const std::string build = [] {
    const auto tc = tc_object(), xdp = xdp_object();
    return fmt::format("{:016x}", fnv(fnv(kFnvStart, tc.data(), tc.size()), xdp.data(), xdp.size()));
  }();
  return build;
}

Result<> load_programs(const Pins& pins, const TableSizes& sizes) {
  TRY(pins.prepare());
  const TcSkeleton skeleton = TRY(open_tc(pins.dir().c_str()));
  std::vector<bpf_map*> others;
  if (sizes != TableSizes{}) {
    TRY(set_sizes(skeleton.get(), sizes));
    others = part_from_pins(pins, skeleton->obj);
  }
  TRY(reuse_pinned_maps(pins, skeleton->obj));
  TRY(load(skeleton.get()));
  for (const bpf_map* map : others) TRY(pins.replace(pins.map(bpf_map__name(map)), bpf_map__fd(map)));
  return pin_programs(pins, skeleton.get());
}

struct MapTypes::Impl {
  TcSkeleton skeleton;
  int btf_fd = -1;
};

Result<MapTypes> MapTypes::open() {
  auto impl = std::make_unique<Impl>();
  impl->skeleton = TRY(open_tc(nullptr));
  btf* types = bpf_object__btf(impl->skeleton->obj);
  if (types && btf__load_into_kernel(types) == 0) impl->btf_fd = btf__fd(types);
  return MapTypes(impl.release());
}

MapTypes::MapTypes(MapTypes&& other) noexcept : impl_(std::exchange(other.impl_, nullptr)) {}
MapTypes::~MapTypes() { delete impl_; }

Result<UniqueFd> MapTypes::make_inner(const std::string& name, uint32_t rows) const {
  const bpf_map* outer = bpf_object__find_map_by_name(impl_->skeleton->obj, name.c_str());
  const bpf_map* kind = outer ? bpf_map__inner_map(const_cast<bpf_map*>(outer)) : nullptr;
  if (!kind) return fail("there is no map of maps " + name);
  LIBBPF_OPTS(bpf_map_create_opts, options);
  options.map_flags = bpf_map__map_flags(kind);
  if (impl_->btf_fd >= 0) {
    options.btf_fd = static_cast<uint32_t>(impl_->btf_fd);
    options.btf_key_type_id = bpf_map__btf_key_type_id(kind);
    options.btf_value_type_id = bpf_map__btf_value_type_id(kind);
  }
  const int fd = bpf_map_create(bpf_map__type(kind), name.c_str(), bpf_map__key_size(kind),
                                bpf_map__value_size(kind), std::max<uint32_t>(rows, 1), &options);
  return fd < 0 ? fail_errno("create a table of " + name, -fd) : Result<UniqueFd>(UniqueFd(fd));
}

}   // namespace sluice
