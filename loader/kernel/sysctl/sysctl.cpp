// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/sysctl/sysctl.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/unique_fd.hpp"

namespace sluice {

namespace {

bool is_component(std::string_view part) { return !part.empty() && part != "." && part != ".."; }

std::unexpected<Error> refuse_path(std::string_view path) {
  return fail(fmt::format("\"{}\" is not a setting below /proc/sys", path), ErrorKind::kUsage);
}

UniqueFd open_setting(std::string_view path, int flags) {
  return UniqueFd(::open(fmt::format("/proc/sys/{}", path).c_str(), flags | O_CLOEXEC | O_NOFOLLOW));
}

}   // namespace

std::string_view device_of_sysctl(std::string_view path) {
  constexpr std::string_view kConf = "/conf/";
  const size_t conf = path.find(kConf), last = path.rfind('/');
  if (conf == std::string_view::npos || last < conf + kConf.size()) return {};
  return path.substr(conf + kConf.size(), last - conf - kConf.size());
}

bool is_sysctl_path(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return false;
  while (true) {
    const size_t slash = path.find('/');
    if (!is_component(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

Result<std::optional<std::string>> read_sysctl(std::string_view path) {
  if (!is_sysctl_path(path)) return refuse_path(path);
  const UniqueFd file = open_setting(path, O_RDONLY);
  std::array<char, 4096> buffer;   // the kernel gives a setting whole or not at all
  const ssize_t size = file ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
  if (size < 0 && errno == ENOENT) return std::nullopt;   // of read too: the device went after open
  if (size < 0) return fail_errno(fmt::format("read /proc/sys/{}", path), errno);
  std::string value(buffer.data(), static_cast<size_t>(size));
  if (value.ends_with('\n')) value.pop_back();
  return value;
}

// One write: the kernel takes each write as a whole new value.
Result<> write_sysctl(std::string_view path, std::string_view value) {
  if (!is_sysctl_path(path)) return refuse_path(path);
  const UniqueFd file = open_setting(path, O_WRONLY);
  if (file && ::write(file.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size()))
    return {};
  return fail_errno(fmt::format("write \"{}\" to /proc/sys/{}", value, path), errno);
}

Result<std::string> boot_id() { return TRY(read_sysctl("kernel/random/boot_id")).value_or(""); }

}   // namespace sluice
