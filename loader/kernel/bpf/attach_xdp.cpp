// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/attach_xdp.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include <cstring>
#include <memory>

#include "kernel/bpf/leaked_programs.hpp"
#include "kernel/bpf/libbpf_log.hpp"
#include "kernel/bpf/pinned_maps.hpp"
#include "xdp.skel.h"

namespace sluice {
namespace {

constexpr std::string_view kProgramName = "sluice_xdp";
constexpr const char* kLibxdpFolder = "/sys/fs/bpf/xdp";   // fixed in libxdp

struct CloseProgram {
  void operator()(xdp_program* program) const { xdp_program__close(program); }
};
struct CloseMulti {
  void operator()(xdp_multiprog* multi) const { xdp_multiprog__close(multi); }
};
struct CloseObject {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};
using Program = std::unique_ptr<xdp_program, CloseProgram>;
using Multi = std::unique_ptr<xdp_multiprog, CloseMulti>;
using Object = std::unique_ptr<bpf_object, CloseObject>;

// libxdp loads the program itself, because under a dispatcher it becomes an extension of that. The
// tables exist by then.
Result<Object> open_object(const Pins& pins) {
  size_t size = 0;
  const void* data = xdp_bpf__elf_bytes(&size);
  LIBBPF_OPTS(bpf_object_open_opts, options, .pin_root_path = pins.dir().c_str());
  Object object(bpf_object__open_mem(data, size, &options));
  if (!object) return fail_errno("open the XDP program", errno);
  TRY(reuse_pinned_maps(pins, object.get()));
  return object;
}

Multi programs_on(uint32_t index) {
  xdp_multiprog* multi = xdp_multiprog__get_from_ifindex(static_cast<int>(index));
  return Multi(libxdp_get_error(multi) ? nullptr : multi);
}

xdp_program* find_own(const Multi& multi) {
  if (!multi) return nullptr;
  if (xdp_multiprog__is_legacy(multi.get())) {
    xdp_program* only = xdp_multiprog__main_prog(multi.get());
    return only && kProgramName == xdp_program__name(only) ? only : nullptr;
  }
  for (xdp_program* at = xdp_multiprog__next_prog(nullptr, multi.get()); at;
       at = xdp_multiprog__next_prog(at, multi.get()))
    if (kProgramName == xdp_program__name(at)) return at;
  return nullptr;
}

std::string why_refused(int error, const std::string& link, const std::string& said) {
  if (error == EBUSY || error == EEXIST)
    return fmt::format(
        "another XDP program is on the device and this kernel cannot run two; "
        "remove it (`ip link set {} xdp off`) or use \"hook\": \"tc\"",
        link);
  if (error == EOPNOTSUPP) return std::string("its driver has no native XDP; use \"hook\": \"tc\"");
  if (error == EINVAL || error == ERANGE)
    return fmt::format(
        "the driver refused it, most often because of the MTU or of receive offloads "
        "(`ethtool -K {} lro off`); {}",
        link, said);
  return fmt::format("{} ({})", std::strerror(error), said);
}

}   // namespace

Result<> attach_xdp(const Pins& pins, const std::string& link, uint32_t index) {
  LibbpfLog log;
  CloseLeakedPrograms closer;
  TRY(detach_xdp(link, index));   // an older program of sluice; tc carries the traffic meanwhile
  Object object = TRY(open_object(pins));
  DECLARE_LIBXDP_OPTS(xdp_program_opts, options);
  options.obj = object.get();
  options.prog_name = kProgramName.data();
  xdp_program* made = xdp_program__create(&options);
  if (const long rc = libxdp_get_error(made); rc)
    return fail_errno("prepare the XDP program", static_cast<int>(-rc));
  const Program program(made);
  const int rc = xdp_program__attach(program.get(), static_cast<int>(index), XDP_MODE_NATIVE, 0);
  return rc ? fail(why_refused(-rc, link, log.reason())) : Result<>{};
}

Result<> detach_xdp(const std::string& link, uint32_t index) {
  LibbpfLog log;
  CloseLeakedPrograms closer;
  const Multi multi = programs_on(index);
  xdp_program* own = find_own(multi);
  if (!own) return {};
  const int rc = xdp_multiprog__is_legacy(multi.get())
                     ? xdp_multiprog__detach(multi.get())
                     : xdp_program__detach(own, static_cast<int>(index), XDP_MODE_NATIVE, 0);
  return rc ? fail_errno(fmt::format("detach from {} at XDP ({})", link, log.reason()), -rc) : Result<>{};
}

void remove_empty_libxdp_folder() { rmdir(kLibxdpFolder); }

bool attached_xdp(uint32_t index) {
  LibbpfLog log;
  CloseLeakedPrograms closer;
  return find_own(programs_on(index)) != nullptr;
}

}   // namespace sluice
