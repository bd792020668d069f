// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/kernel_types.hpp"

#include <bpf/btf.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace sluice {
namespace {

struct FreeBtf {
  void operator()(btf* types) const { btf__free(types); }
};
using Btf = std::unique_ptr<btf, FreeBtf>;

constexpr const char* kStruct = "bpf_map";
constexpr std::string_view kMember = "max_entries";

// In bits from the struct's beginning; -1: there is no such member, or it is something else than the programs
// think.
int offset_of(const btf* types, const btf_type* type) {
  for (uint32_t i = 0; i < btf_vlen(type); ++i) {
    const btf_member& member = btf_members(type)[i];
    if (kMember == btf__name_by_offset(types, member.name_off))
      return btf__resolve_size(types, member.type) == sizeof(uint32_t)
                 ? static_cast<int>(btf_member_bit_offset(type, i))
                 : -1;
  }
  return -1;
}

// nullptr: as for the file.
Btf own_part(const btf* kernel) {
  const int id = kernel ? btf__find_by_name_kind(kernel, kStruct, BTF_KIND_STRUCT) : -1;
  if (id < 0) return {};
  const btf_type* type = btf__type_by_id(kernel, static_cast<uint32_t>(id));
  const int offset = offset_of(kernel, type);
  Btf part(btf__new_empty());
  const int number = part ? btf__add_int(part.get(), "unsigned int", sizeof(uint32_t), 0) : -1;
  if (offset < 0 || number < 0 || btf__add_struct(part.get(), kStruct, type->size) < 0 ||
      btf__add_field(part.get(), kMember.data(), number, static_cast<uint32_t>(offset), 0) < 0)
    return {};
  return part;
}

// Read by its name below /proc, as long as it is open.
UniqueFd make_file() {
  const Btf kernel(btf__load_vmlinux_btf());
  const Btf part = own_part(kernel.get());
  uint32_t size = 0;
  const void* bytes = part ? btf__raw_data(part.get(), &size) : nullptr;
  UniqueFd file(bytes ? ::memfd_create("kernel-types", MFD_CLOEXEC) : -1);
  if (file.get() >= 0 && ::write(file.get(), bytes, size) != static_cast<ssize_t>(size)) return {};
  return file;
}

}   // namespace

const char* kernel_types_file() {
  static const UniqueFd file = make_file();
  static const std::string path = fmt::format("/proc/self/fd/{}", file.get());
  return file.get() < 0 ? nullptr : path.c_str();
}

}   // namespace sluice
