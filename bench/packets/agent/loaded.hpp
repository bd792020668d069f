// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel is asked about a loaded BPF program.
#pragma once

#include <bpf/btf.h>
#include <linux/bpf.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice::bench {

struct FreeBtf {
  void operator()(btf* types) const { btf__free(types); }
};
using Types = std::unique_ptr<btf, FreeBtf>;

Result<UniqueFd> find_program(uint32_t id);
// `wanted` says which tables the kernel copies, and where to.
Result<bpf_prog_info> ask(const UniqueFd& program, bpf_prog_info wanted = {});
// Empty with errno where they cannot be read.
inline Types types_of(const bpf_prog_info& info) { return Types(btf__load_from_kernel_by_id(info.btf_id)); }

template <class Row>
uint64_t pointer(std::vector<Row>& rows) {
  return reinterpret_cast<uintptr_t>(rows.data());
}

}   // namespace sluice::bench
