// SPDX-License-Identifier: GPL-2.0-or-later
#include "program.hpp"

#include "loaded.hpp"

namespace sluice::bench {

namespace {

std::string function_name(const btf* types, uint32_t type_id) {
  const btf_type* type = types ? btf__type_by_id(types, type_id) : nullptr;
  return type ? btf__name_by_offset(types, type->name_off) : "?";
}

// A function reaches as far as the next one begins.
Result<std::vector<ProgramFunction>> functions_of(const UniqueFd& program, const bpf_prog_info& known) {
  std::vector<bpf_func_info> starts(known.nr_func_info);
  std::vector<uint32_t> lengths(known.nr_jited_func_lens);
  bpf_prog_info info{};
  info.nr_func_info = known.nr_func_info;
  info.func_info_rec_size = sizeof(bpf_func_info);
  info.func_info = pointer(starts);
  info.nr_jited_func_lens = known.nr_jited_func_lens;
  info.jited_func_lens = pointer(lengths);
  TRY(ask(program, info));

  const Types types = types_of(known);
  const uint32_t end = known.xlated_prog_len / sizeof(bpf_insn);
  std::vector<ProgramFunction> functions;
  for (size_t i = 0; i < starts.size(); ++i) {
    const uint32_t next = i + 1 < starts.size() ? starts[i + 1].insn_off : end;
    functions.push_back({function_name(types.get(), starts[i].type_id), next - starts[i].insn_off,
                         i < lengths.size() ? lengths[i] : 0});
  }
  return functions;
}

}   // namespace

Result<Program> look_at_program(uint32_t id) {
  const UniqueFd program = TRY(find_program(id));
  const bpf_prog_info info = TRY(ask(program));
  return Program{info.name, info.run_cnt, info.run_time_ns, TRY(functions_of(program, info))};
}

}   // namespace sluice::bench
