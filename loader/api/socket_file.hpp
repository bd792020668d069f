// SPDX-License-Identifier: GPL-2.0-or-later
// The listening socket's file: its place, its owner, its end.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

inline constexpr char kSocketGroup[] = "sluice";

class SocketFile {
 public:
  // A non-blocking, listening socket at `path`; see Server::start for what is made and refused.
  static Result<SocketFile> listen(std::filesystem::path path);

  SocketFile(SocketFile&&) = default;
  SocketFile& operator=(SocketFile&&) = default;
  ~SocketFile() { remove(); }

  UniqueFd take_fd() { return std::move(fd_); }
  void remove();   // only if the file is still this socket's: a successor may have put his there

 private:
  SocketFile(std::filesystem::path path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  Result<> restrict_access();

  std::filesystem::path path_;
  UniqueFd fd_;
  unsigned long long inode_ = 0;
};

}   // namespace sluice
