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

std::filesystem::path unsound(const std::filesystem::path& dir, const char* name) {
  return dir / (std::string("unsound-") + name);
}

// The lock file goes last and while it is held, so nobody opens what is being removed.
Result<> remove_files(const std::filesystem::path& dir) {
  for (const char* name : kFiles) TRY(remove_file(dir / name));
  for (const char* name : kFiles) TRY(remove_file(unsound(dir, name)));
  TRY(remove_file(StateLock::file(dir)));
  if (::rmdir(dir.c_str()) == 0 || errno == ENOENT || stays(errno)) return {};
  return fail_errno(fmt::format("remove {}", dir.string()), errno);
}

Result<> remove_copy(const std::filesystem::path& dir) {
  return dir.empty() ? Result<>() : remove_files(dir);
}

// The files of a database that nobody shall read again, kept for who wants to look. A log of another file's
// would be taken for its own.
Result<> set_aside(const std::filesystem::path& dir) {
  for (const char* name : kFiles)
    if (::rename((dir / name).c_str(), unsound(dir, name).c_str()) != 0 && errno != ENOENT)
      return fail_errno(fmt::format("set {} aside", (dir / name).string()), errno);
  return {};
}

Result<Database> open_checked(const std::filesystem::path& file, bool& is_damaged) {
  auto database = Database::open(file);
  is_damaged = !database && database.error().message.find("is damaged") != std::string::npos;
  if (!database) return database;
  const auto prepared = prepare_schema(*database);
  is_damaged = database->is_damaged();
  if (!prepared) return std::unexpected(prepared.error());
  return database;
}

// nullopt: there is none, or none that helps.
std::optional<Database> open_copy(const std::filesystem::path& dir) {
  if (dir.empty() || !path_exists(dir / kFile).value_or(false)) return std::nullopt;
  bool is_damaged = false;
  auto copy = open_checked(dir / kFile, is_damaged);
  if (!copy || changes_of(*copy).value_or(0) == 0) return std::nullopt;
  return std::move(*copy);
}

// What is wrong with the one that is there, given its copy; empty: nothing.
Result<std::string> fault_of(Result<Database>& database, bool was_there, bool is_damaged, Database& copy) {
  if (is_damaged) return "was damaged";
  if (!database) return std::unexpected(database.error());
  const int64_t own = TRY(changes_of(*database)), others = TRY(changes_of(copy));
  if (own >= others) return "";
  return was_there ? fmt::format("was {} change{} behind", others - own, others - own == 1 ? "" : "s")
                   : "was gone";
}

}   // namespace

std::filesystem::path Store::copy_of(const std::filesystem::path& state_dir) {
  const std::filesystem::path dir = (state_dir / "").parent_path();   // without a slash at its end
  return dir.parent_path() / (dir.filename().string() + "-copy");
}

Result<Store> Store::open(const std::filesystem::path& state_dir, const std::filesystem::path& copy_dir) {
  TRY(make_state_dir(state_dir));
  StateLock lock = TRY(StateLock::take(state_dir));
  const bool was_there = TRY(path_exists(state_dir / kFile));
  bool is_damaged = false;
  auto database = open_checked(state_dir / kFile, is_damaged);
  std::string repaired;
  if (auto copy = open_copy(copy_dir)) {
    const std::string fault = TRY(fault_of(database, was_there, is_damaged, *copy));
    if (!fault.empty()) {
      database = std::unexpected(Error{});   // closed before its file is renamed
      TRY(set_aside(state_dir));
      database = TRY(Database::open(state_dir / kFile));
      TRY(database->become(*copy));
      repaired = fmt::format("the state database {} {}: it is made anew from its copy in {}",
                             (state_dir / kFile).string(), fault, copy_dir.string());
    }
  }
  Store store(state_dir, std::move(lock), TRY(std::move(database)));
  store.repaired_ = std::move(repaired);
  if (!copy_dir.empty()) store.begin_copy(copy_dir);
  return store;
}

// A copy that cannot be kept is no reason not to run.
void Store::begin_copy(const std::filesystem::path& copy_dir) {
  copy_dir_ = copy_dir;
  const auto begin = [&]() -> Result<> {
    TRY(make_state_dir(copy_dir));
    auto copy = open_copy(copy_dir);
    if (!copy || TRY(changes_of(*copy)) != TRY(changes_of(database_))) {
      copy.reset();
      for (const char* name : kFiles) TRY(remove_file(copy_dir / name));
      copy = TRY(Database::open(copy_dir / kFile));
      TRY(copy->become(database_));
    }
    database_.keep_copy(std::move(*copy));
    return {};
  };
  if (const auto begun = begin(); !begun) copy_lost_ = begun.error().message;
}

bool Store::is_in_place() const {
  std::error_code error;
  return lock_.is_in_place(dir_) && std::filesystem::exists(dir_ / kFile, error);
}

Result<std::optional<Store>> Store::open_for_cleanup(const std::filesystem::path& state_dir,
                                                     const std::filesystem::path& copy_dir) {
  const bool copied = !copy_dir.empty() && TRY(path_exists(copy_dir / kFile));
  if (!copied && !TRY(path_exists(state_dir / kFile))) return std::nullopt;
  return TRY(open(state_dir, copy_dir));
}

Result<> Store::erase(const std::filesystem::path& state_dir, const std::filesystem::path& copy_dir) {
  if (!TRY(path_exists(state_dir))) return remove_copy(copy_dir);
  const StateLock lock = TRY(StateLock::take(state_dir));
  TRY(remove_copy(copy_dir));
  return remove_files(state_dir);
}

// The copy first: alone it would be taken for what was lost.
Result<> Store::erase(Store store) {
  TRY(remove_copy(store.copy_dir_));
  return remove_files(store.dir_);
}

}   // namespace sluice
