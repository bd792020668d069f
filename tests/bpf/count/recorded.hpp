// SPDX-License-Identifier: GPL-2.0-or-later
// The programs' instructions as libbpf gives them to the kernel: functions put together, types of this kernel
// filled in, and nothing yet that a kernel makes of them.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::test {

struct Recorded {
  std::vector<bpf_insn> code;   // where it names a map: by its place in `maps`
  std::vector<uint32_t> maps;   // ids
  std::vector<std::string>
      files;   // the source of each instruction, in which it was inlined from there or not
};

// From now on what is loaded is kept. Once, before the first program is loaded.
void record_programs();
// By name; null: it was not loaded since.
const Recorded* recorded(const std::string& program);

}   // namespace sluice::test
