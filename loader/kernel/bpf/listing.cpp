// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/listing.hpp"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/file.hpp"
#include "kernel/bpf/program.hpp"

namespace sluice {
namespace {

constexpr size_t kFdInfoBytes = 4096;

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code trouble;
  for (auto at = std::filesystem::directory_iterator(folder, trouble);
       !trouble && at != std::filesystem::directory_iterator(); at.increment(trouble))
    if (!at->is_directory(trouble)) files.push_back(at->path());
  std::ranges::sort(files);
  return files;
}

std::string program_line(std::string_view where, int fd) {
  const bpf_prog_info info = program_info(fd);
  return fmt::format("{}: id {} name {} tag {:02x} type {} bytes {} jited {} maps {} runs {} nanoseconds {}",
                     where, info.id, info.name, fmt::join(info.tag, ""), info.type, info.xlated_prog_len,
                     info.jited_prog_len, info.nr_map_ids, info.run_cnt, info.run_time_ns);
}

// Of memory only the kernel's own account of the descriptor says how much it is.
std::string memory_of(int fd) {
  const auto text = read_file(fmt::format("/proc/self/fdinfo/{}", fd), kFdInfoBytes);
  const size_t at = text ? text->find("memlock:") : std::string::npos;
  if (at == std::string::npos) return "?";
  const size_t begin = text->find_first_of("0123456789", at);
  return text->substr(begin, text->find('\n', begin) - begin);
}

std::string map_line(const std::string& name, int fd) {
  bpf_map_info info{};
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd, &info, &size)) return name + ": ?";
  return fmt::format("{}: id {} type {} key {} value {} rows {} bytes {}", name, info.id, info.type,
                     info.key_size, info.value_size, info.max_entries, memory_of(fd));
}

}   // namespace

Result<std::vector<std::string>> list_program_lines(const Pins& pins) {
  std::vector<std::string> lines;
  for (const auto& file : files_in(pins.program("").parent_path()))
    if (const auto fd = pins.open(file)) lines.push_back(program_line(file.filename().string(), fd->get()));
  for (const uint32_t id : attached_programs()) {
    const UniqueFd fd(bpf_prog_get_fd_by_id(id));
    if (fd) lines.push_back(program_line("on a device", fd.get()));
  }
  return lines;
}

Result<std::vector<std::string>> list_map_lines(const Pins& pins) {
  std::vector<std::string> lines;
  for (const auto& file : files_in(pins.dir()))
    if (const auto fd = pins.open(file)) lines.push_back(map_line(file.filename().string(), fd->get()));
  return lines;
}

}   // namespace sluice
