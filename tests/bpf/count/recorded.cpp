// SPDX-License-Identifier: GPL-2.0-or-later
#include "recorded.hpp"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>

#include "base/unique_fd.hpp"

namespace sluice::test {
namespace {

std::map<std::string, Recorded>& all() {
  static std::map<std::string, Recorded> programs;
  return programs;
}

bool names_map(const bpf_insn& insn) {
  return insn.code == (BPF_LD | BPF_IMM | BPF_DW) &&
         (insn.src_reg == BPF_PSEUDO_MAP_FD || insn.src_reg == BPF_PSEUDO_MAP_VALUE);
}

uint32_t id_of(int map) {
  bpf_map_info info{};
  uint32_t length = sizeof(info);
  return bpf_obj_get_info_by_fd(map, &info, &length) ? 0 : info.id;
}

// Descriptors are the loader's and gone after it; ids are good as long as the map is.
void name_maps_by_place(Recorded& made) {
  std::map<int, int32_t> places;
  for (size_t i = 0; i < made.code.size(); ++i) {
    bpf_insn& insn = made.code[i];
    if (names_map(insn)) {
      const auto [at, is_new] = places.try_emplace(insn.imm, static_cast<int32_t>(made.maps.size()));
      if (is_new) made.maps.push_back(id_of(insn.imm));
      insn.imm = at->second;
    }
    if (insn.code == (BPF_LD | BPF_IMM | BPF_DW)) ++i;
  }
}

struct FreeBtf {
  void operator()(btf* types) const { btf__free(types); }
};
using Types = std::unique_ptr<btf, FreeBtf>;

Types types_of(int fd) {
  bpf_btf_info info{};
  uint32_t length = sizeof(info);
  return Types(bpf_obj_get_info_by_fd(fd, &info, &length) ? nullptr : btf__load_from_kernel_by_id(info.id));
}

// "bpf/path/parse.h", whatever folder the build was in.
std::string path_in_tree(const std::string& file) {
  const size_t folder = file.rfind("bpf/");
  return folder == std::string::npos ? file : file.substr(folder);
}

// A row holds from its instruction on to that of the next.
std::vector<std::string> files_of(const bpf_prog_load_opts& options, size_t instructions) {
  const Types types = types_of(static_cast<int>(options.prog_btf_fd));
  std::vector<std::string> files(instructions);
  if (!types) return files;
  const auto* bytes = static_cast<const char*>(options.line_info);
  const auto row = [&](uint32_t i) {
    return reinterpret_cast<const bpf_line_info*>(bytes + size_t{i} * options.line_info_rec_size);
  };
  for (uint32_t i = 0; i < options.line_info_cnt; ++i) {
    const size_t end = i + 1 < options.line_info_cnt ? row(i + 1)->insn_off : instructions;
    const std::string file = path_in_tree(btf__name_by_offset(types.get(), row(i)->file_name_off));
    std::fill(files.begin() + row(i)->insn_off, files.begin() + static_cast<ptrdiff_t>(end), file);
  }
  return files;
}

int keep(bpf_program* program, bpf_prog_load_opts* options, long) {
  Recorded made;
  const bpf_insn* first = bpf_program__insns(program);
  made.code.assign(first, first + bpf_program__insn_cnt(program));
  made.files = files_of(*options, made.code.size());
  name_maps_by_place(made);
  all()[bpf_program__name(program)] = std::move(made);
  return 0;
}

}   // namespace

void record_programs() {
  LIBBPF_OPTS(libbpf_prog_handler_opts, options, .prog_prepare_load_fn = keep);
  ASSERT_GE(libbpf_register_prog_handler("tc", BPF_PROG_TYPE_SCHED_CLS, bpf_attach_type{}, &options), 0);
  ASSERT_GE(libbpf_register_prog_handler("xdp", BPF_PROG_TYPE_XDP, BPF_XDP, &options), 0);
}

const Recorded* recorded(const std::string& program) {
  const auto at = all().find(program);
  return at == all().end() ? nullptr : &at->second;
}

}   // namespace sluice::test
