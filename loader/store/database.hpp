// SPDX-License-Identifier: GPL-2.0-or-later
// SQLite as far as the store needs it: statements with bound values, rows, transactions. Every error is a
// sentence that names the file.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace sluice {

using SqlValue = std::variant<int64_t, std::string_view>;
using SqlValues = std::initializer_list<SqlValue>;

// The row that a statement stands on; columns from 0.
class SqlRow {
 public:
  explicit SqlRow(sqlite3_stmt* statement) : statement_(statement) {}
  int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }
  std::string text(int column) const;

 private:
  sqlite3_stmt* statement_;
};

// For rows of one column.
inline std::string first_text(const SqlRow& row) { return row.text(0); }
inline int64_t first_number(const SqlRow& row) { return row.number(0); }

class Database {
 public:
  // Creates it with mode 0600 when missing. WAL with synchronous=FULL: what run() reported as done
  // outlives kill -9 and a power cut.
  static Result<Database> open(const std::filesystem::path& file);
  // Changes nothing. With kReadOnly what the write-ahead log alone has is not seen.
  enum class Disk : uint8_t { kWritable, kReadOnly };
  static Result<Database> open_to_read(const std::filesystem::path& file, Disk disk);

  Result<> run(std::string_view sql, SqlValues values = {});   // one statement, and the same in the copy
  Result<> run_script(const char* sql);                        // several, without values
  template <class T>
  Result<std::vector<T>> rows(std::string_view sql, T (*read)(const SqlRow&), SqlValues values = {}) {
    std::vector<T> all;
    const Statement statement = TRY(prepare(sql, values));
    while (TRY(step(statement))) all.push_back(read(SqlRow(statement.get())));
    return all;
  }
  // What is written from now on is written there too. A copy that fails is given up: copy_lost() says why.
  void keep_copy(Database copy);
  const std::string& copy_lost() const { return copy_lost_; }
  // Becomes what `other` is, whatever it was.
  Result<> become(Database& other);
  void roll_back();   // what was begun, if anything was; of the copy likewise
  // Nothing of it is left in the write-ahead log only; of the copy likewise. The log keeps its blocks, and in
  // them what was written, unless it is emptied.
  enum class Log { kKept, kEmptied };
  Result<> settle(Log log = Log::kKept);

  // Free pages within the file, and blocks of the log: on a disk that is full small writes find room there,
  // and what is in the log finds its way into the file.
  Result<bool> has_room();
  // Within a transaction, as the last of it. Failure: the disk is full, so that it is better rolled back.
  Result<> keep_room();
  // Until it is said otherwise, what cannot be written is passed over.
  void pass_over_failures(bool on) { passes_over_ = on; }

  int64_t last_row_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

  const std::filesystem::path& file() const { return file_; }
  // A failure of the last call, for `attempt`; damage gets a remedy.
  std::unexpected<Error> failure(std::string_view attempt) const;
  std::unexpected<Error> damaged(std::string_view finding) const;
  bool is_damaged() const { return is_damaged_; }   // a failure said so

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

  Database(std::filesystem::path file, sqlite3* handle) : file_(std::move(file)), handle_(handle) {}
  Result<Statement> prepare(std::string_view sql, SqlValues values);
  Result<bool> step(const Statement& statement);   // false: no further row
  Result<> run_here(std::string_view sql, SqlValues values);
  Result<int64_t> setting(std::string_view pragma);
  Result<> grow_by(int64_t pages);
  Result<> keep_room_here();
  void give_up_copy(const Error& why);

  std::filesystem::path file_;
  std::unique_ptr<sqlite3, Close> handle_;
  std::unique_ptr<Database> copy_;
  std::string copy_lost_;
  mutable bool is_damaged_ = false;
  bool passes_over_ = false;
};

// All or nothing; undone when it dies before commit().
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}

  Database* database_;
};

}   // namespace sluice
