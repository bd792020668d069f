// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/program.hpp"

#include <bpf/bpf.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <string>

#include "base/unique_fd.hpp"

namespace sluice {

bpf_prog_info program_info(int program_fd) {
  bpf_prog_info info{};
  uint32_t length = sizeof(info);
  return bpf_obj_get_info_by_fd(program_fd, &info, &length) == 0 ? info : bpf_prog_info{};
}

bool is_program(uint32_t id, std::string_view name) {
  const UniqueFd program(bpf_prog_get_fd_by_id(id));
  return program && name == program_info(program.get()).name;
}

namespace {

namespace fs = std::filesystem;

std::set<int> open_programs() {
  std::set<int> programs;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd", error)) {
    const std::string name = entry.path().filename().string();
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    if (fs::read_symlink(entry.path(), error) == "anon_inode:bpf-prog") programs.insert(fd);
  }
  return programs;
}

}   // namespace

CloseLeakedPrograms::CloseLeakedPrograms() : before_(open_programs()) {}

CloseLeakedPrograms::~CloseLeakedPrograms() {
  for (const int fd : open_programs())
    if (!before_.contains(fd)) close(fd);
}

}   // namespace sluice
