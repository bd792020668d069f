// SPDX-License-Identifier: GPL-2.0-or-later
#include "places.hpp"

#include <algorithm>
#include <cerrno>

#include "loaded.hpp"

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

void drop_repeated(std::vector<Place>& places) {
  const auto same = [](const Place& one, const Place& next) {
    return one.file == next.file && one.line == next.line;
  };
  places.erase(std::unique(places.begin(), places.end(), same), places.end());
}

}   // namespace

Result<std::vector<Place>> places_of(uint32_t id) {
  const UniqueFd program = TRY(find_program(id));
  const bpf_prog_info known = TRY(ask(program));
  Tables tables(known);
  TRY(ask(program, tables.wanted()));
  const Types types = types_of(known);
  if (!types) return fail_errno("read the types of BPF program " + std::to_string(id), errno);

  std::vector<Place> places;
  for (size_t i = 0; i < std::min(tables.lines.size(), tables.at.size()); ++i)
    places.push_back({tables.at[i], btf__name_by_offset(types.get(), tables.lines[i].file_name_off),
                      BPF_LINE_INFO_LINE_NUM(tables.lines[i].line_col)});
  for (size_t i = 0; i < std::min(tables.starts.size(), tables.lengths.size()); ++i)
    places.push_back({tables.starts[i] + tables.lengths[i], "", 0});
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& one, const Place& next) { return one.address < next.address; });
  drop_repeated(places);
  return places;
}

}   // namespace sluice::bench
