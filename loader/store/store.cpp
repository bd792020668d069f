// SPDX-License-Identifier: GPL-2.0-or-later
// Opening and erasing; revisions.cpp and machine.cpp hold the rest.
#include "store/store.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "store/schema.hpp"

namespace sluice {

namespace {

constexpr char kFile[] = "sluice.db";
// The database first: SQLite ignores journals of a file that is gone, so a kill in between is no harm.
constexpr const char* kFiles[] = {"sluice.db", "sluice.db-wal", "sluice.db-shm", "sluice.db-journal"};

Result<bool> path_exists(const std::filesystem::path& path) {
  std::error_code error;
  const bool found = std::filesystem::exists(path, error);
  if (error) return fail_errno(fmt::format("look for {}", path.string()), error.value());
  return found;
}

Result<> remove_file(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return fail_errno(fmt::format("remove {}", path.string()), errno);
}

// Others have files in it, or it is a service manager's to remove (StateDirectory=: mounted, its parent
// read-only).
bool stays(int error) {
  return error == ENOTEMPTY || error == EEXIST || error == EBUSY || error == EROFS || error == EACCES;
}

// The lock file goes last and while it is held, so nobody opens what is being removed.
Result<> remove_files(const std::filesystem::path& dir) {
  for (const char* name : kFiles) TRY(remove_file(dir / name));
  TRY(remove_file(StateLock::file(dir)));
  if (::rmdir(dir.c_str()) == 0 || errno == ENOENT || stays(errno)) return {};
  return fail_errno(fmt::format("remove {}", dir.string()), errno);
}

}   // namespace

Result<Store> Store::open(const std::filesystem::path& state_dir) {
  TRY(make_state_dir(state_dir));
  StateLock lock = TRY(StateLock::take(state_dir));
  Database database = TRY(Database::open(state_dir / kFile));
  TRY(prepare_schema(database));
  return Store(state_dir, std::move(lock), std::move(database));
}

Result<std::optional<Store>> Store::open_for_cleanup(const std::filesystem::path& state_dir) {
  if (!TRY(path_exists(state_dir / kFile))) return std::nullopt;
  return TRY(open(state_dir));
}

Result<> Store::erase(const std::filesystem::path& state_dir) {
  if (!TRY(path_exists(state_dir))) return {};
  const StateLock lock = TRY(StateLock::take(state_dir));
  return remove_files(state_dir);
}

Result<> Store::erase(Store store) { return remove_files(store.dir_); }

}   // namespace sluice
