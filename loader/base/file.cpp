// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/unique_fd.hpp"

namespace sluice {
namespace {

std::string naming(std::string_view verb, const std::filesystem::path& path) {
  return fmt::format("{} {}", verb, path.native());
}

// read(2) that is not ended by a signal.
ssize_t read_some(int fd, char* to, size_t room) {
  for (;;) {
    const ssize_t got = ::read(fd, to, room);
    if (got >= 0 || errno != EINTR) return got;
  }
}

std::unexpected<Error> too_long(const std::filesystem::path& path, size_t limit) {
  return fail(fmt::format("read {}: longer than {} bytes", path.native(), limit),
              ErrorKind::kInvalidDocument);
}

size_t size_of(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && info.st_size > 0 ? static_cast<size_t>(info.st_size) : 0;
}

Result<std::string> read_to_end(int fd, const std::filesystem::path& path, size_t limit) {
  std::string text;
  text.reserve(std::min(size_of(fd), limit));
  for (;;) {   // by reading, not by size: pipes and /proc have none
    char chunk[65536];
    const ssize_t got = read_some(fd, chunk, sizeof(chunk));
    if (got < 0) return fail_errno(naming("read", path), errno);
    if (got == 0) return text;
    if (text.size() + static_cast<size_t>(got) > limit) return too_long(path, limit);
    text.append(chunk, static_cast<size_t>(got));
  }
}

Result<UniqueFd> open_to_read(const std::filesystem::path& path, int more) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | more));
  if (!fd) return fail_errno(naming("open", path), errno);
  return fd;
}

Result<> write_all(int fd, std::string_view text, const std::filesystem::path& path) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail_errno(naming("write", path), errno);
    text.remove_prefix(static_cast<size_t>(put));
  }
  return {};
}

// A rename is durable only when its directory is on the disk as well.
Result<> sync_directory_of(const std::filesystem::path& path) {
  const auto directory = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return fail_errno(naming("open directory", directory), errno);
  if (::fsync(fd.get()) != 0 && errno != EINVAL)
    return fail_errno(naming("sync directory", directory), errno);
  return {};
}

// Removes the file beside the target unless the rename took it away.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& target) : path_(target.native() + ".XXXXXX") {
    fd_.reset(::mkostemp(path_.data(), O_CLOEXEC));
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (fd_ && !renamed_) ::unlink(path_.c_str());
  }

  int fd() const { return fd_.get(); }
  bool rename_to(const std::filesystem::path& target) {
    renamed_ = ::rename(path_.c_str(), target.c_str()) == 0;
    return renamed_;
  }

 private:
  std::string path_;
  UniqueFd fd_;
  bool renamed_ = false;
};

}   // namespace

// Opening must not wait for the other end of a pipe either.
Result<std::string> read_file(const std::filesystem::path& path, size_t limit) {
  const UniqueFd fd = TRY(open_to_read(path, O_NONBLOCK | O_NOCTTY));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return fail_errno(naming("look at", path), errno);
  if (!S_ISREG(info.st_mode)) return fail(naming("read", path) + ": not a regular file");
  return read_to_end(fd.get(), path, limit);
}

Result<std::string> read_file_or_pipe(const std::filesystem::path& path, size_t limit) {
  const UniqueFd fd = TRY(open_to_read(path, 0));
  return read_to_end(fd.get(), path, limit);
}

Result<NamedTexts> read_regular_files(const std::vector<std::string>& names,
                                      const std::filesystem::path& directory, size_t limit) {
  NamedTexts texts;
  size_t left = limit;
  for (const std::string& name : names) {
    auto text = read_file(directory / name, left);
    if (!text) return fail(text.error().message, ErrorKind::kInvalidDocument);
    left -= text->size();
    texts.emplace(name, std::move(*text));
  }
  return texts;
}

Result<> write_file_atomically(const std::filesystem::path& path, std::string_view text, unsigned mode) {
  TemporaryFile beside(path);
  if (beside.fd() < 0) return fail_errno(naming("create a file beside", path), errno);
  TRY(write_all(beside.fd(), text, path));
  if (::fchmod(beside.fd(), mode) != 0) return fail_errno(naming("set the mode of", path), errno);
  if (::fsync(beside.fd()) != 0) return fail_errno(naming("sync", path), errno);
  if (!beside.rename_to(path)) return fail_errno(naming("replace", path), errno);
  return sync_directory_of(path);
}

Result<> write_new_file(const std::filesystem::path& path, std::string_view text, unsigned mode) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd) return fail_errno(naming("make", path), errno);
  const auto written = write_all(fd.get(), text, path);
  if (!written) ::unlink(path.c_str());
  return written;
}

Result<> append_to_file(const std::filesystem::path& path, std::string_view text) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!fd) return fail_errno(naming("open", path), errno);
  return write_all(fd.get(), text, path);
}

}   // namespace sluice
