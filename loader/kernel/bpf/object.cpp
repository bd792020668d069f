// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/object.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/fnv.hpp"
#include "explain.skel.h"
#include "gc.skel.h"
#include "kernel/bpf/kernel_types.hpp"
#include "kernel/bpf/libbpf_log.hpp"
#include "kernel/bpf/probe_programs.hpp"
#include "tc.skel.h"
#include "xdp.skel.h"

namespace sluice {

namespace {

std::string advice_for(int error) {
  if (error == EPERM || error == EACCES)
    return " (CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN are needed, and a kernel that is not locked down)";
  if (error == ENOMEM) return " (the machine has too little memory for the tables)";
  return "";
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

std::span<const std::byte> gc_object() {
  size_t size = 0;
  const void* data = gc_bpf__elf_bytes(&size);
  return {static_cast<const std::byte*>(data), size};
}

std::span<const std::byte> explain_object() {
  size_t size = 0;
  const void* data = explain_bpf__elf_bytes(&size);
  return {static_cast<const std::byte*>(data), size};
}

std::string available_build() {
  static const std::string build = [] {
    auto hash = kFnvStart;
    for (const auto bytes : {tc_object(), xdp_object(), gc_object(), explain_object()})
      hash = fnv(hash, bytes.data(), bytes.size());
    return fmt::format("{:016x}", hash);
  }();
  return build;
}

Result<BpfObject> open_tc_object(const char* pin_root, KernelTypes types) {
  LibbpfLog log;
  // A name of its own, because libbpf calls the map of constants after it.
  LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "tc_bpf", .pin_root_path = pin_root);
  if (types == KernelTypes::kOfPackets) options.btf_custom_path = kernel_types_file();
  BpfObject object(bpf_object__open_mem(tc_object().data(), tc_object().size(), &options));
  if (!object) return fail_errno("open the BPF programs (" + log.reason() + ")", errno);
  tell_of_syn_cookies(object.get());
  if (pin_root) return object;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object.get()) bpf_map__set_pin_path(map, nullptr);
  return object;
}

namespace {

// `what` it does, as a verb.
Result<BpfObject> open_own_object(std::span<const std::byte> bytes, const char* name, std::string_view what) {
  LibbpfLog log;
  LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name, .btf_custom_path = kernel_types_file());
  BpfObject object(bpf_object__open_mem(bytes.data(), bytes.size(), &options));
  if (!object) return fail_errno(fmt::format("open the BPF program that {} ({})", what, log.reason()), errno);
  return object;
}

}   // namespace

Result<BpfObject> open_gc_object() { return open_own_object(gc_object(), "gc_bpf", "collects what is over"); }

Result<BpfObject> open_explain_object() {
  return open_own_object(explain_object(), "explain_bpf", "explains");
}

void choose_programs(bpf_object* object, std::span<const char* const> names) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    const std::string_view name = bpf_program__name(program);
    bpf_program__set_autoload(program, std::ranges::find(names, name) != names.end());
  }
}

void leave_out_printers(bpf_object* object) {
  for (const char* name : kPrinters)
    if (bpf_program* program = bpf_object__find_program_by_name(object, name))
      bpf_program__set_autoload(program, false);
}

Result<> load_object(bpf_object* object) {
  LibbpfLog log;
  const int rc = bpf_object__load(object);
  if (!rc) return {};
  if (access("/sys/kernel/btf/vmlinux", R_OK) != 0)
    return fail(
        "load the BPF programs: the kernel has no BTF (/sys/kernel/btf/vmlinux); use a kernel built with "
        "CONFIG_DEBUG_INFO_BTF, as Debian's are");
  return fail_errno(fmt::format("load the BPF programs{}: {}", advice_for(-rc), log.reason()), -rc);
}

}   // namespace sluice
