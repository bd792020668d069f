// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/attach_xdp.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include <cstring>
#include <memory>

#include "kernel/bpf/kernel_types.hpp"
#include "kernel/bpf/libbpf_log.hpp"
#include "kernel/bpf/object.hpp"
#include "kernel/bpf/pins.hpp"
#include "kernel/bpf/program.hpp"
#include "xdp.skel.h"

namespace sluice {
namespace {

constexpr std::string_view kProgramName = program_name(Hook::kXdp);
constexpr const char* kLibxdpFolder = "/sys/fs/bpf/xdp";   // fixed in libxdp

struct CloseProgram {
  void operator()(xdp_program* program) const { xdp_program__close(program); }
};
struct CloseMulti {
  void operator()(xdp_multiprog* multi) const { xdp_multiprog__close(multi); }
};
using Program = std::unique_ptr<xdp_program, CloseProgram>;
using Multi = std::unique_ptr<xdp_multiprog, CloseMulti>;

// libxdp loads the program itself, because under a dispatcher it becomes an extension of that. The
// tables exist by then.
Result<BpfObject> open_object(const Pins& pins) {
  size_t size = 0;
  const void* data = xdp_bpf__elf_bytes(&size);
  LIBBPF_OPTS(bpf_object_open_opts, options, .pin_root_path = pins.dir().c_str(),
              .btf_custom_path = kernel_types_file());
  BpfObject object(bpf_object__open_mem(data, size, &options));
  if (!object) return fail_errno("open the XDP program", errno);
  TRY(reuse_pinned_maps(pins, object.get()));
  return object;
}

Multi programs_on(uint32_t index) {
  xdp_multiprog* multi = xdp_multiprog__get_from_ifindex(static_cast<int>(index));
  return Multi(libxdp_get_error(multi) ? nullptr : multi);
}

uint32_t id_of(int program_fd) { return program_info(program_fd).id; }

// A program of sluice, but for the one with the id `not_this` (0: any of them).
bool is_own(const xdp_program* program, uint32_t not_this) {
  return kProgramName == xdp_program__name(program) &&
         (not_this == 0 || id_of(xdp_program__fd(program)) != not_this);
}

xdp_program* find_own(const Multi& multi, uint32_t not_this = 0) {
  if (!multi) return nullptr;
  if (xdp_multiprog__is_legacy(multi.get())) {
    xdp_program* only = xdp_multiprog__main_prog(multi.get());
    return only && is_own(only, not_this) ? only : nullptr;
  }
  for (xdp_program* at = xdp_multiprog__next_prog(nullptr, multi.get()); at;
       at = xdp_multiprog__next_prog(at, multi.get()))
    if (is_own(at, not_this)) return at;
  return nullptr;
}

// The driver's own words (netlink's extended acknowledgement), which libbpf hands on; of the last attempt.
std::string words_of_driver(const std::string& said) {
  constexpr std::string_view kMark = "Kernel error message: ";
  const size_t mark = said.rfind(kMark);
  if (mark == std::string::npos) return {};
  const size_t start = mark + kMark.size();
  return said.substr(start, said.find("; ", start) - start);
}

std::string why_refused(int error, const std::string& link, const std::string& said) {
  if (error == EBUSY || error == EEXIST)
    return fmt::format(
        "another XDP program is on the device and this kernel cannot run two; "
        "remove it (`ip link set {} xdp off`) or use \"hook\": \"tc\"",
        link);
  const std::string words = words_of_driver(said);
  if (error == EOPNOTSUPP && (words.empty() || words.ends_with("does not support XDP in native mode")))
    return std::string(kNoNativeXdp) + "; use \"hook\": \"tc\"";
  if (!words.empty()) return fmt::format("its driver says \"{}\"", words);
  if (error == EINVAL || error == ERANGE)
    return fmt::format(
        "the driver refused it, most often because of the MTU or of receive offloads "
        "(`ethtool -K {} lro off`); {}",
        link, said);
  return fmt::format("{} ({})", std::strerror(error), said);
}

Result<int> load(bpf_object* object, const LibbpfLog& log) {
  if (const int rc = bpf_object__load(object); rc)
    return fail_errno(fmt::format("load the XDP program ({})", log.reason()), -rc);
  return bpf_program__fd(bpf_object__find_program_by_name(object, kProgramName.data()));
}

// In place of the only program of the device: one exchange, which no packet sees.
Result<> replace_only(bpf_object* object, const xdp_program* own, const std::string& link, uint32_t index,
                      const LibbpfLog& log) {
  const int made = TRY(load(object, log));
  LIBBPF_OPTS(bpf_xdp_attach_opts, options, .old_prog_fd = xdp_program__fd(own));
  const int rc =
      bpf_xdp_attach(static_cast<int>(index), made, XDP_FLAGS_DRV_MODE | XDP_FLAGS_REPLACE, &options);
  return rc ? fail(why_refused(-rc, link, log.reason())) : Result<>{};
}

Result<> detach_from(const Multi& multi, xdp_program* own, const std::string& link, uint32_t index,
                     const LibbpfLog& log) {
  const int rc = xdp_multiprog__is_legacy(multi.get())
                     ? xdp_multiprog__detach(multi.get())
                     : xdp_program__detach(own, static_cast<int>(index), XDP_MODE_NATIVE, 0);
  return rc ? fail_errno(fmt::format("detach from {} at XDP ({})", link, log.reason()), -rc) : Result<>{};
}

// Newer kernels (6.13, stable ones too) want to know of a dispatcher that its programs may move a frame's
// head, as VLANs need it, and dispatchers of libxdp before 1.5 do not say so.
bool dispatcher_is_too_strict(const LibbpfLog& log) {
  return log.reason().find("Extension program changes packet data") != std::string::npos;
}

bool has_others(const Multi& multi) {
  for (xdp_program* at = multi ? xdp_multiprog__next_prog(nullptr, multi.get()) : nullptr; at;
       at = xdp_multiprog__next_prog(at, multi.get()))
    if (!is_own(at, 0)) return true;
  return false;
}

Result<> attach_loaded(int program, const std::string& link, uint32_t index, const LibbpfLog& log) {
  const int rc = bpf_xdp_attach(static_cast<int>(index), program,
                                XDP_FLAGS_DRV_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST, nullptr);
  return rc ? fail(why_refused(-rc, link, log.reason())) : Result<>{};
}

// Without a dispatcher. One of an older sluice that stands under one leaves first: tc carries the packets
// meanwhile.
Result<> attach_alone(const Pins& pins, const std::string& link, uint32_t index) {
  LibbpfLog log;
  const Multi multi = programs_on(index);
  if (has_others(multi))
    return fail(
        fmt::format("another XDP program is on the device, and the dispatcher of this libxdp takes none that "
                    "moves a frame's head beside it; remove it (`xdp-loader unload {} --all`) or use "
                    "\"hook\": \"tc\"",
                    link));
  const BpfObject object = TRY(open_object(pins));
  const int made = TRY(load(object.get(), log));
  if (xdp_program* older = find_own(multi)) TRY(detach_from(multi, older, link, index, log));
  return attach_loaded(made, link, index, log);
}

// By libxdp: alone, or beside others by way of its dispatcher. An older program of sluice leaves after the
// new one has come, so that the device never is without: a packet that both see in between is carried by the
// older.
Result<> attach_beside(const Pins& pins, bpf_object* object, const std::string& link, uint32_t index,
                       const LibbpfLog& log) {
  DECLARE_LIBXDP_OPTS(xdp_program_opts, options);
  options.obj = object;
  options.prog_name = kProgramName.data();
  xdp_program* made = xdp_program__create(&options);
  if (const long rc = libxdp_get_error(made); rc)
    return fail_errno("prepare the XDP program", static_cast<int>(-rc));
  const Program program(made);
  // libxdp makes it once in a process, but it goes away with the engine.
  mkdir(kLibxdpFolder, 0700);
  if (const int rc = xdp_program__attach(made, static_cast<int>(index), XDP_MODE_NATIVE, 0); rc)
    return dispatcher_is_too_strict(log) ? attach_alone(pins, link, index)
                                         : fail(why_refused(-rc, link, log.reason()));
  const Multi multi = programs_on(index);
  xdp_program* older = find_own(multi, id_of(xdp_program__fd(made)));
  return older ? detach_from(multi, older, link, index, log) : Result<>{};
}

// The id of the program when it was loaded to be alone; under a dispatcher it is that one's extension and
// nobody else's.
Result<uint32_t> attach(const Pins& pins, const std::string& link, uint32_t index, int loaded) {
  LibbpfLog log;
  CloseLeakedPrograms closer;
  const Multi before = programs_on(index);
  if (loaded >= 0 && !before) {
    TRY(attach_loaded(loaded, link, index, log));
    return 0;
  }
  const BpfObject object = TRY(open_object(pins));
  const xdp_program* older = find_own(before);
  if (older && xdp_multiprog__is_legacy(before.get()))
    TRY(replace_only(object.get(), older, link, index, log));
  else
    TRY(attach_beside(pins, object.get(), link, index, log));
  const Multi now = programs_on(index);
  const xdp_program* own = find_own(now);
  return own && xdp_multiprog__is_legacy(now.get()) ? id_of(xdp_program__fd(own)) : 0;
}

}   // namespace

Result<> attach_xdp(const Pins& pins, const std::string& link, uint32_t index, UniqueFd& loaded) {
  if (const uint32_t single = TRY(attach(pins, link, index, loaded.get())))
    loaded = UniqueFd(bpf_prog_get_fd_by_id(single));
  return {};
}

Result<> detach_xdp(const std::string& link, uint32_t index) {
  LibbpfLog log;
  CloseLeakedPrograms closer;
  const Multi multi = programs_on(index);
  xdp_program* own = find_own(multi);
  return own ? detach_from(multi, own, link, index, log) : Result<>{};
}

UniqueFd open_single_xdp(uint32_t index) {
  uint32_t id = 0;
  if (bpf_xdp_query_id(static_cast<int>(index), 0, &id) != 0 || !is_program(id, kProgramName)) return {};
  return UniqueFd(bpf_prog_get_fd_by_id(id));
}

Result<> attach_single_xdp(const std::string& link, uint32_t index, int program_fd) {
  LibbpfLog log;
  return attach_loaded(program_fd, link, index, log);
}

void remove_empty_libxdp_folder() { rmdir(kLibxdpFolder); }

// Asked for every device at each look at the machine. libxdp reads all programs of a dispatcher, so it is
// asked only where there is one.
bool attached_xdp(uint32_t index) {
  uint32_t id = 0;
  if (bpf_xdp_query_id(static_cast<int>(index), 0, &id) != 0 || id == 0) return false;
  if (is_program(id, kProgramName)) return true;
  LibbpfLog log;
  CloseLeakedPrograms closer;
  return find_own(programs_on(index)) != nullptr;
}

}   // namespace sluice
