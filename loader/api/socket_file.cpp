// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/socket_file.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

#include "base/unix_socket.hpp"

namespace sluice {

namespace {

std::optional<uid_t> peer_uid(int fd) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer.uid;
}

}   // namespace

std::string peer_user(int fd) {
  const auto uid = peer_uid(fd);
  if (!uid) return "unknown";
  passwd entry{}, *found = nullptr;
  std::array<char, 16384> space;
  if (::getpwuid_r(*uid, &entry, space.data(), space.size(), &found) == 0 && found) return found->pw_name;
  return fmt::format("uid {}", *uid);
}

bool peer_is_owner(int fd) {
  const auto uid = peer_uid(fd);
  return uid && (*uid == 0 || *uid == ::geteuid());
}

namespace {

constexpr int kBacklog = 64;

Result<> make_directory(const std::filesystem::path& directory) {
  std::error_code error;
  if (directory.empty() || std::filesystem::exists(directory, error)) return {};
  std::filesystem::create_directories(directory, error);
  if (error) return fail_errno(fmt::format("make directory {}", directory.native()), error.value());
  // Whatever the umask says: members of the group must be able to reach the socket.
  if (::chmod(directory.c_str(), 0755) != 0)
    return fail_errno(fmt::format("open {}", directory.native()), errno);
  return {};
}

// A daemon that was killed leaves its socket behind; nobody listens there.
Result<> clear_stale(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode)) return fail(fmt::format("{} is there and is not a socket", path.native()));
  const UniqueFd probe = TRY(unix_stream_socket());
  const int answer = connect_unix(probe, address);
  if (answer == 0 || answer == EAGAIN)
    return fail(fmt::format("another sluiced answers on {}", path.native()));
  if (answer != ECONNREFUSED) return fail_errno(fmt::format("ask who answers on {}", path.native()), answer);
  if (::unlink(path.c_str()) != 0) return fail_errno(fmt::format("remove the dead {}", path.native()), errno);
  return {};
}

std::optional<gid_t> socket_group() {
  group entry{}, *found = nullptr;
  std::array<char, 16384> space;
  if (::getgrnam_r(kSocketGroup, &entry, space.data(), space.size(), &found) != 0 || !found)
    return std::nullopt;
  return found->gr_gid;
}

// The mask holds from the first moment: between bind and chmod nobody else gets in.
int bind_closed(const UniqueFd& fd, const sockaddr_un& address) {
  const mode_t before = ::umask(0177);
  const int error = bind_unix(fd, address);
  ::umask(before);
  return error;
}

}   // namespace

Result<SocketFile> SocketFile::listen(std::filesystem::path path) {
  const auto address = TRY(unix_address(path));
  TRY(make_directory(path.parent_path()));
  TRY(clear_stale(path, address));
  UniqueFd fd = TRY(unix_stream_socket());
  if (const int error = bind_closed(fd, address); error != 0)
    return fail_errno(fmt::format("make the control socket {}", path.native()), error);
  SocketFile file(std::move(path), std::move(fd));
  TRY(file.restrict_access());
  if (::listen(file.fd_.get(), kBacklog) != 0)
    return fail_errno(fmt::format("listen on {}", file.path_.native()), errno);
  return file;
}

Result<> SocketFile::restrict_access() {
  struct stat info {};
  if (::lstat(path_.c_str(), &info) != 0) return fail_errno(fmt::format("look at {}", path_.native()), errno);
  inode_ = info.st_ino;
  const auto group = socket_group();
  const int changed = group ? ::lchown(path_.c_str(), static_cast<uid_t>(-1), *group) : 0;
  // EPERM: not root and no member of the group. The socket then stays with the process's own group.
  if (changed != 0 && errno != EPERM)
    return fail_errno(fmt::format("give {} to its group", path_.native()), errno);
  if (::chmod(path_.c_str(), 0660) != 0)
    return fail_errno(fmt::format("open {} to its group", path_.native()), errno);
  return {};
}

void SocketFile::remove() {
  struct stat info {};
  if (path_.empty() || ::lstat(path_.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  if (inode_ == 0 || info.st_ino == inode_) ::unlink(path_.c_str());
  path_.clear();
}

}   // namespace sluice
