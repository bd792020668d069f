// SPDX-License-Identifier: GPL-2.0-or-later
// The control socket: its file and who is at its other end.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace sluice {

// The user at the other end of a connected Unix socket, as the kernel recorded it when he connected
// (SO_PEERCRED): his name, "uid 1234" where there is none.
std::string peer_user(int fd);
// Whether that is root, or who runs this process.
bool peer_is_owner(int fd);

// The listening socket's file: its place, its owner, its end.

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
