// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/leaked_programs.hpp"

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <string>

namespace sluice {
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
