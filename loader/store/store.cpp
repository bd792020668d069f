// SPDX-License-Identifier: GPL-2.0-or-later
// Opening and erasing; revisions.cpp and machine.cpp hold the rest.
#include "store/store.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "store/revision_texts.hpp"
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

FileIdentity identity_of(const std::filesystem::path& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? FileIdentity(info.st_dev, info.st_ino) : FileIdentity();
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

Revision read_words(const SqlRow& row) {
  Revision words;
  words.number = row.number(0);
  words.file = row.text(1);
  words.text = row.text(2);
  return words;
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

Store::Store(std::filesystem::path dir, StateLock lock, Database database)
    : dir_(std::move(dir)),
      lock_(std::move(lock)),
      database_(std::move(database)),
      file_(identity_of(dir_ / kFile)) {}

Result<Store::Opened> Store::open_files(const std::filesystem::path& state_dir,
                                        const std::filesystem::path& copy_dir) {
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
  return Opened{TRY(std::move(database)), std::move(repaired)};
}

Result<Store> Store::open(const std::filesystem::path& state_dir, const std::filesystem::path& copy_dir) {
  TRY(make_state_dir(state_dir));
  StateLock lock = TRY(StateLock::take(state_dir));
  Opened opened = TRY(open_files(state_dir, copy_dir));
  Store store(state_dir, std::move(lock), std::move(opened.database));
  store.repaired_ = std::move(opened.repaired);
  if (!copy_dir.empty()) store.begin_copy(copy_dir);
  (void)store.keep_room();   // a full disk is no reason not to run
  return store;
}

Result<> Store::keep_room() {
  if (TRY(database_.has_room())) return {};
  Transaction transaction = TRY(Transaction::begin(database_));
  TRY(database_.keep_room());
  TRY(transaction.commit());
  (void)database_.settle();
  return {};
}

// A copy that cannot be kept is no reason not to run. One that is only behind (a process ended between the
// two commits) is sound: it is written over.
void Store::begin_copy(const std::filesystem::path& copy_dir) {
  copy_dir_ = copy_dir;
  const auto begin = [&]() -> Result<> {
    TRY(make_state_dir(copy_dir));
    auto copy = open_copy(copy_dir);
    const bool is_same = copy && TRY(changes_of(*copy)) == TRY(changes_of(database_));
    if (!copy) {
      TRY(set_aside(copy_dir));
      copy = TRY(Database::open(copy_dir / kFile));
    }
    if (!is_same) TRY(copy->become(database_));
    database_.keep_copy(std::move(*copy));
    copy_file_ = identity_of(copy_dir / kFile);
    return {};
  };
  const auto begun = begin();
  copy_lost_ = begun ? "" : begun.error().message;
}

namespace {

Result<> look_at(const std::filesystem::path& file, bool& is_damaged) {
  auto database = Database::open_to_read(file, Database::Disk::kWritable);
  const auto judged = database ? judge_schema(*database) : std::unexpected(database.error());
  is_damaged = database && database->is_damaged();
  return judged ? Result<>() : std::unexpected(judged.error());
}

}   // namespace

Result<std::string> Store::examine(const std::filesystem::path& state_dir,
                                   const std::filesystem::path& copy_dir) {
  const auto file = state_dir / kFile, copy = copy_dir / kFile;
  const bool is_there = TRY(path_exists(file)), is_copied = TRY(path_exists(copy));
  bool is_damaged = false, ignored = false;
  const auto own = is_there ? look_at(file, is_damaged) : Result<>();
  if (own && (is_there || !is_copied)) return "";
  if (own || (is_damaged && is_copied && look_at(copy, ignored)))
    return fmt::format("the state database {} is {}, and its copy in {} is sound", file.string(),
                       is_there ? "damaged" : "gone", copy_dir.string());
  return std::unexpected(own.error());
}

bool Store::is_in_place() const { return lock_.is_in_place(dir_) && identity_of(dir_ / kFile) == file_; }

bool Store::is_copy_in_place() const {
  return copy_dir_.empty() || !copy_lost().empty() || identity_of(copy_dir_ / kFile) == copy_file_;
}

Result<> Store::restore() {
  if (!is_in_place()) {
    TRY(make_state_dir(dir_));
    std::optional<StateLock> lock;
    if (!lock_.is_in_place(dir_)) lock = TRY(StateLock::take(dir_));
    Opened opened = TRY(open_files(dir_, copy_dir_));
    if (lock) lock_ = std::move(*lock);
    database_ = std::move(opened.database);
    allotments_.reset();
    repaired_ = std::move(opened.repaired);
    file_ = identity_of(dir_ / kFile);
  }
  if (!copy_dir_.empty()) begin_copy(copy_dir_);
  (void)keep_room();
  return {};
}

std::optional<Revision> Store::last_words(const std::filesystem::path& state_dir) {
  bool is_there = false;
  for (const std::filesystem::path& dir : {state_dir, copy_of(state_dir)}) {
    if (!path_exists(dir / kFile).value_or(true)) continue;
    is_there = true;
    auto database = Database::open(dir / kFile);
    if (!database) database = Database::open_to_read(dir / kFile, Database::Disk::kReadOnly);
    if (!database) continue;
    auto newest = database->rows(
        "SELECT number, file, text FROM revisions WHERE result IN ('applied', 'confirmed') ORDER BY number "
        "DESC "
        "LIMIT 1",
        read_words);
    if (!newest)   // of a release that kept no results
      newest =
          database->rows("SELECT number, file, text FROM revisions ORDER BY number DESC LIMIT 1", read_words);
    if (!newest || newest->empty()) continue;
    (void)add_text(*database, newest->front());   // those of earlier releases are whole
    return newest->front();
  }
  return is_there ? std::optional(Revision{}) : std::nullopt;
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
