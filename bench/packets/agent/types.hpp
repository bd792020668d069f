// SPDX-License-Identifier: GPL-2.0-or-later
// The BTF of a loaded BPF program.
#pragma once

#include <bpf/btf.h>

#include <cstdint>
#include <memory>

namespace sluice::bench {

struct FreeBtf {
  void operator()(btf* types) const { btf__free(types); }
};
using Types = std::unique_ptr<btf, FreeBtf>;

// Empty with errno where it cannot be read.
inline Types types_of(uint32_t btf_id) { return Types(btf__load_from_kernel_by_id(btf_id)); }

}   // namespace sluice::bench
