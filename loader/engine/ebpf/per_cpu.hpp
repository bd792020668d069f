// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <vector>

#include "base/result.hpp"

namespace sluice {

// The rows of a per-CPU array, summed over the CPUs by `add`.
template <class V, class Add>
Result<> for_each_sum(int fd, uint32_t first, uint32_t count, Add add) {
  std::vector<V> cpus(static_cast<size_t>(libbpf_num_possible_cpus()));
  for (uint32_t row = first; row < first + count; ++row) {
    if (const int rc = bpf_map_lookup_elem(fd, &row, cpus.data())) return fail_errno("read counters", -rc);
    for (const V& cpu : cpus) add(row, cpu);
  }
  return {};
}

}   // namespace sluice
