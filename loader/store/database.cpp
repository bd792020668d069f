// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/database.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/unique_fd.hpp"
#include "store/schema.hpp"

namespace sluice {

namespace {

// An operator may be looking with the sqlite3 tool; its read locks last for moments.
constexpr int kBusyMilliseconds = 5000;
// Documents of megabytes go to disk in larger pages; a database that is there keeps those that it has.
// The log goes into the file early: what stands in the log only, one bad block of it can take. The log itself
// stays, with its blocks: on a disk that is full a start, and what it has to note, find room in it.
constexpr char kSettings[] =
    "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
    "PRAGMA wal_autocheckpoint=16; PRAGMA temp_store=MEMORY;";

// SQLite would create it as the umask says, and its -wal and -shm take over the mode of the file.
Result<> make_private_file(const std::filesystem::path& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return fail_errno(fmt::format("open the state database {}", file.string()), errno);
  if (fchmod(fd.get(), 0600) == 0) return {};
  return fail_errno(fmt::format("make the state database {} private", file.string()), errno);
}

int bind_value(sqlite3_stmt* statement, int position, const SqlValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value))
    return sqlite3_bind_int64(statement, position, *number);
  const auto text = std::get<std::string_view>(value);
  // A null pointer would bind NULL where an empty text is meant.
  const char* data = text.data() ? text.data() : "";
  // Not copied: whoever prepares a statement has done with it before its values go.
  return sqlite3_bind_text64(statement, position, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

// "disk I/O error" alone helps nobody.
std::string system_reason(sqlite3* handle) {
  const int code = sqlite3_errcode(handle);
  const int error = code == SQLITE_IOERR || code == SQLITE_CANTOPEN ? sqlite3_system_errno(handle) : 0;
  return error ? fmt::format(": {}", std::system_category().message(error)) : "";
}

bool means_damage(int code) { return code == SQLITE_CORRUPT || code == SQLITE_NOTADB; }

}   // namespace

std::string SqlRow::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (!data) return {};
  return {data, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

Result<Database> Database::open(const std::filesystem::path& file) {
  TRY(make_private_file(file));
  sqlite3* handle = nullptr;
  const int status = sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr);
  Database database(file, handle);   // also after a failure there is a handle to close
  if (status != SQLITE_OK) return database.failure("open it");
  sqlite3_extended_result_codes(handle, 0);
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  int stays = 1;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &stays);
  TRY(refuse_foreign(database));
  TRY(database.run_script(kSettings));
  return database;
}

// Immutable: without locks and without its log, which could not be made where it is not there.
Result<Database> Database::open_to_read(const std::filesystem::path& file, Disk disk) {
  sqlite3* handle = nullptr;
  const std::string uri = "file:" + file.string() + (disk == Disk::kReadOnly ? "?immutable=1" : "");
  const int status = sqlite3_open_v2(uri.c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr);
  Database database(file, handle);
  if (status != SQLITE_OK) return database.failure("open it");
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  return database;
}

Result<> Database::run(std::string_view sql, SqlValues values) {
  if (auto done = run_here(sql, values); !done && !passes_over_) return done;
  if (!copy_) return {};
  if (const auto done = copy_->run_here(sql, values); !done) give_up_copy(done.error());
  return {};
}

Result<> Database::run_here(std::string_view sql, SqlValues values) {
  const Statement statement = TRY(prepare(sql, values));
  while (TRY(step(statement))) {
  }
  return {};
}

Result<> Database::run_script(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failure("set it up");
  return {};
}

void Database::keep_copy(Database copy) {
  copy_ = std::make_unique<Database>(std::move(copy));
  copy_lost_.clear();
}

// It is behind from now on, and made anew at the next start.
void Database::give_up_copy(const Error& why) {
  copy_lost_ = why.message;
  copy_.reset();
}

Result<> Database::become(Database& other) {
  sqlite3_backup* backup = sqlite3_backup_init(handle_.get(), "main", other.handle_.get(), "main");
  if (!backup) return failure("copy it");
  const int all = sqlite3_backup_step(backup, -1);
  const int end = sqlite3_backup_finish(backup);
  return all == SQLITE_DONE && end == SQLITE_OK ? Result<>() : failure("copy it");
}

Result<> Database::settle(Log log) {
  const char* checkpoint =
      log == Log::kEmptied ? "PRAGMA wal_checkpoint(TRUNCATE);" : "PRAGMA wal_checkpoint(RESTART);";
  TRY(run_script(checkpoint));
  if (!copy_) return {};
  if (const auto done = copy_->run_script(checkpoint); !done) give_up_copy(done.error());
  return {};
}

Result<Database::Statement> Database::prepare(std::string_view sql, SqlValues values) {
  sqlite3_stmt* raw = nullptr;
  const int status =
      sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  Statement statement(raw);
  if (status != SQLITE_OK) return failure("prepare a statement");
  int position = 0;
  for (const SqlValue& value : values) {
    if (bind_value(raw, ++position, value) != SQLITE_OK) return failure("bind a value");
  }
  return statement;
}

Result<bool> Database::step(const Statement& statement) {
  const int status = sqlite3_step(statement.get());
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  return failure("read or write it");
}

std::unexpected<Error> Database::failure(std::string_view attempt) const {
  const char* reason = handle_ ? sqlite3_errmsg(handle_.get()) : "out of memory";
  if (handle_ && means_damage(sqlite3_errcode(handle_.get()))) return damaged(reason);
  return fail(fmt::format("state database {}: {}: {}{}", file_.string(), attempt, reason,
                          handle_ ? system_reason(handle_.get()) : ""));
}

std::unexpected<Error> Database::damaged(std::string_view finding) const {
  is_damaged_ = true;
  std::string line(finding);
  std::ranges::replace(line, '\n', ' ');   // SQLite's check answers in several
  return fail(fmt::format(
      "state database {} is damaged ({}), and there is no sound copy of it: move the directory {} "
      "away and start sluiced; what runs goes on, and `sluice apply FILE` takes it over",
      file_.string(), line, file_.parent_path().string()));
}

Result<Transaction> Transaction::begin(Database& database) {
  TRY(database.run("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Result<> Transaction::commit() {
  TRY(database_->run("COMMIT"));
  database_ = nullptr;
  return {};
}

// Each of the two by itself: SQLite has rolled one back already where its disk was full.
void Database::roll_back() {
  if (!sqlite3_get_autocommit(handle_.get())) static_cast<void>(run_here("ROLLBACK", {}));
  if (copy_) copy_->roll_back();
}

// What cannot be rolled back now is rolled back by SQLite when the file is opened next.
Transaction::~Transaction() {
  if (database_) database_->roll_back();
}

}   // namespace sluice
