// SPDX-License-Identifier: GPL-2.0-or-later
#include "connect/wg_quick.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/file.hpp"
#include "kernel/program.hpp"

namespace sluice {
namespace {

constexpr const char* kFolder = "/run/sluice-connect";

Result<> run_quick(const char* verb, const std::filesystem::path& config) {
  const auto program = find_program("wg-quick");
  if (!program) return fail("there is no wg-quick: install wireguard-tools");
  return run_program({*program, verb, config.native()});
}

// Root's alone.
Result<> make_folder() {
  if (::mkdir(kFolder, 0700) != 0 && errno != EEXIST)
    return fail_errno(fmt::format("make {}", kFolder), errno);
  struct stat found {};
  if (::lstat(kFolder, &found) != 0 || !S_ISDIR(found.st_mode) || found.st_uid != 0 || (found.st_mode & 077))
    return fail(fmt::format("{} is not a folder of root's alone", kFolder));
  return {};
}

}   // namespace

Result<QuickTunnel> QuickTunnel::up(const std::string& device, const std::string& config) {
  TRY(make_folder());
  const std::filesystem::path file = std::filesystem::path(kFolder) / (device + ".conf");
  const std::filesystem::path lock_file = std::filesystem::path(kFolder) / (device + ".lock");
  UniqueFd lock(::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return fail_errno(fmt::format("open {}", lock_file.native()), errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return fail(fmt::format("\"{}\" is connected already", device));
  if (std::filesystem::exists(file)) (void)!run_quick("down", file).has_value();   // of one that was killed
  TRY(write_file_atomically(file, config, 0600));
  QuickTunnel tunnel(file, std::move(lock));
  const auto made = run_quick("up", file);
  if (made) return tunnel;
  std::error_code ignored;   // it is root's alone
  std::filesystem::remove(file, ignored);
  return std::unexpected(made.error());
}

Result<> QuickTunnel::down() {
  TRY(run_quick("down", config_));
  std::error_code ignored;   // the next one takes it down again
  std::filesystem::remove(config_, ignored);
  std::filesystem::remove(std::filesystem::path(config_).replace_extension("lock"), ignored);
  return {};
}

}   // namespace sluice
