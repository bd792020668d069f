// SPDX-License-Identifier: GPL-2.0-or-later
#include "places.hpp"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>

#include "base/unique_fd.hpp"
#include "types.hpp"

namespace sluice::bench {

namespace {

// What the kernel copies for one program; the counts are those of a first look.
struct Tables {
  explicit Tables(const bpf_prog_info& known)
      : starts(known.nr_jited_ksyms),
        lengths(known.nr_jited_func_lens),
        lines(known.nr_line_info),
        at(known.nr_jited_line_info) {}

  bpf_prog_info wanted() {
    const auto pointer = [](auto& rows) { return reinterpret_cast<uintptr_t>(rows.data()); };
    bpf_prog_info info{};
    info.nr_jited_ksyms = starts.size();
    info.jited_ksyms = pointer(starts);
    info.nr_jited_func_lens = lengths.size();
    info.jited_func_lens = pointer(lengths);
    info.nr_line_info = lines.size();
    info.line_info_rec_size = sizeof(bpf_line_info);
    info.line_info = pointer(lines);
    info.nr_jited_line_info = at.size();
    info.jited_line_info_rec_size = sizeof(uint64_t);
    info.jited_line_info = pointer(at);
    return info;
  }

  std::vector<uint64_t> starts;
  std::vector<uint32_t> lengths;
  std::vector<bpf_line_info> lines;
  std::vector<uint64_t> at;
};

Result<bpf_prog_info> ask(const UniqueFd& program, bpf_prog_info info) {
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(program.get(), &info, &size) < 0)
    return fail_errno("look at the lines of a BPF program", errno);
  return info;
}

void drop_repeated(std::vector<Place>& places) {
  const auto same = [](const Place& one, const Place& next) { return one.file == next.file; };
  places.erase(std::unique(places.begin(), places.end(), same), places.end());
}

}   // namespace

Result<std::vector<Place>> places_of(uint32_t id) {
  const UniqueFd program(bpf_prog_get_fd_by_id(id));
  if (!program) return fail_errno("find BPF program " + std::to_string(id), errno);
  const bpf_prog_info known = TRY(ask(program, {}));
  Tables tables(known);
  TRY(ask(program, tables.wanted()));
  const Types types = types_of(known.btf_id);
  if (!types) return fail_errno("read the types of BPF program " + std::to_string(id), errno);

  std::vector<Place> places;
  for (size_t i = 0; i < std::min(tables.lines.size(), tables.at.size()); ++i)
    places.push_back({tables.at[i], btf__name_by_offset(types.get(), tables.lines[i].file_name_off)});
  for (size_t i = 0; i < std::min(tables.starts.size(), tables.lengths.size()); ++i)
    places.push_back({tables.starts[i] + tables.lengths[i], ""});
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& one, const Place& next) { return one.address < next.address; });
  drop_repeated(places);
  return places;
}

}   // namespace sluice::bench
